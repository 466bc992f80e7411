{#
  Upstream makers by business scope (methods 4.2). Each macro is one SQL expression of the scope text.

  scope_keyword_hits(expr)      the seed's key words found, in the order of the seed, joined by ; (null: none). The list is
                                the paper's five words; var upstream_keyword_list: extended adds the words of A-003-1.
  scope_is_wholesale_only(expr) the scope sells (批发, 零售, 销售, 经销, 代理, 贸易) and neither makes nor develops anything.
  scope_has_keyword(expr)       a cheap test by one alternation, to be used as a filter before the two above.
  The manual seed decides over both: is_upstream = coalesce(manual_decision, hit_words is not null and not is_wholesale_only).
#}

{% macro scope_has_keyword(expr) -%}
    {{ text_matches(scope_plain(expr), upstream_keywords()) }}
{%- endmacro %}

{% macro scope_keyword_hits(expr) -%}
    case when {{ scope_has_keyword(expr) }} then
        nullif(concat_ws(';'
        {%- for word in upstream_keywords().split('|') %},
            case when {{ text_matches(scope_plain(expr), word) }} then '{{ word }}' end
        {%- endfor %}), '')
    end
{%- endmacro %}

{% macro scope_is_wholesale_only(expr) -%}
    coalesce(
        {{ text_matches(scope_plain(expr), '批发|零售|销售|经销|代理|贸易') }}
        and not {{ text_matches(scope_plain(expr), '制造|生产|加工|装配|研发') }},
        false
    )
{%- endmacro %}

{# Blanks inside a scope text break words apart; everything else is as written. #}
{% macro scope_plain(expr) -%}
    replace(replace({{ expr }}, ' ', ''), '　', '')
{%- endmacro %}

{# The words of the chosen list, joined by |. #}
{% macro upstream_keywords() -%}
    {%- set lists = "'paper', 'extended'" if var('upstream_keyword_list', 'paper') == 'extended' else "'paper'" -%}
    {%- for row in seed_rows('seed_upstream_keywords', "select keyword from {seed} where list in (" ~ lists ~ ") order by keyword_no::integer") -%}
        {{ '|' if not loop.first }}{{ row[0] }}
    {%- endfor -%}
{%- endmacro %}
