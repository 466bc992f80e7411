{#
  ipc_rules(relation, rule_column='rule_no', label_column='subfield_code', pattern_column='ipc_pattern', exclude_column='exclude_patterns')

  A select that parses official notation into
      row_id, part_no    the row of the relation (numbered in the order of its text) and the part within its pattern
      rule_no, subfield_code, ipc_pattern    as in the relation, as text
      token              what was parsed
      is_exclusion       the token is taken away from its part
      level, ipc_key, from_subgroup, to_subgroup    see below

  A pattern is one symbol or a list (; ； 、 , ，) of
      A*                      section                      level 1
      C08*   C08              class                        level 3
      B41J*  B41J             subclass                     level 4
      B41J2* B41J2            that main group, not B41J29  level 5
      H01L21/00-H01L21/98     subgroups within bounds      level 6, one row per main group; H04L27/26* is 26, 261, 262 ...
      H04L27/26               that subgroup, not 27/261    level 7
  ranges also of main groups (G06F1*-G06F3*), subclasses (C08F-C08L) and classes (C08-C09), with - ~ ～ — 至, the end in full or short
  (A61K31/00-33/44, H01L21/00-98), each with its own （不含 list）; exclude_column holds further exclusions of every part of the row.
  An exclusion acts on its own part only, and only where it is narrower than the part (methods 5.2).
  A token that cannot be read has level null: never skipped, tested for.
#}
{% macro ipc_rules(relation, rule_column='rule_no', label_column='subfield_code', pattern_column='ipc_pattern', exclude_column='exclude_patterns') -%}
{%- set fold = "translate(upper(coalesce({}, '')), '" ~ fullwidth_characters() ~ "＊／（）；，～—–－至到', '" ~ halfwidth_characters() ~ "*/();,~-----')" -%}
select
    row_id, part_no, rule_no, subfield_code, ipc_pattern, token, is_exclusion,
    case
        when not is_valid then null
        when low.class = '' then 1
        when low.subclass = '' then 3
        when low.main = '' then 4
        when low.sub = '' then 5
        when high <> '' or low.star <> '' then 6
        else 7
    end as level,
    case
        when not is_valid then null
        when low.class = '' then low.section
        when low.subclass = '' then low.section || lpad(step::string, 2, '0')
        when low.main = '' then low.section || low.class || chr(step::integer)
        when low.sub = '' or high <> '' or low.star <> '' then low.section || low.class || low.subclass || step
        else low.section || low.class || low.subclass || step || '/' || low.sub
    end as ipc_key,
    case when is_valid and low.sub <> '' then case when step = first_step then low.sub else '00' end end as from_subgroup,
    case
        when not is_valid or low.sub = '' then null
        when low.star <> '' or step < last_step then case when step < last_step then '~' else low.sub || '~' end
        else coalesce(nullif(top.sub, ''), low.sub)
    end as to_subgroup
from (
    select *, unnest(case when is_valid then generate_series(first_step, last_step) else [null] end) as step
    from (
        select
            *,
            {{ ipc_step('low') }} as first_step,
            {{ ipc_step('top') }} as last_step,
            coalesce(
                low.section <> '' and top.section = low.section
                and (top.class = '') = (low.class = '') and (top.subclass = '') = (low.subclass = '')
                and (top.main = '') = (low.main = '') and (top.sub = '') = (low.sub = '')
                and (low.subclass = '' or top.class = low.class) and (low.main = '' or top.subclass = low.subclass)
                and {{ ipc_step('low') }} <= {{ ipc_step('top') }}
                and not (low.class = '' and high <> ''),
                false
            ) as is_valid
        from (
            select
                * except (low_text),
                high_text as high,
                {{ ipc_pieces('low_text') }} as low,
                {{ ipc_pieces("case when high_text = '' then low_text else " ~ ipc_full_end('low_text', 'high_text') ~ " end") }} as top
            from (
                select
                    * except (token),
                    token,
                    split_part(replace(token, '~', '-'), '-', 1) as low_text,
                    split_part(replace(token, '~', '-'), '-', 2) as high_text
                from ({{ ipc_tokens(relation, rule_column, label_column, fold.format(pattern_column), fold.format(exclude_column), pattern_column) }})
            )
        )
    )
)
{%- endmacro %}

{# One row per token: the symbol of each part, its own exclusions and those of the row. #}
{% macro ipc_tokens(relation, rule_column, label_column, pattern, excluded, pattern_column) -%}
with numbered as (
    select
        row_number() over (order by {{ label_column }}, {{ rule_column }}, {{ pattern_column }}, {{ excluded }}) as row_id,
        {{ rule_column }}::string as rule_no,
        {{ label_column }}::string as subfield_code,
        {{ pattern_column }}::string as ipc_pattern,
        regexp_extract_all(regexp_replace({{ pattern }}, '[\s　]|\([0-9]{4}\.[0-9]{2}\)', '', 'g'), '[^;、,()]+(?:\([^)]*\)?)?|\([^)]*\)?') as parts,
        regexp_replace({{ excluded }}, '[\s　]|^\(?(不含|不包括|除)[::]?|\)$', '', 'g') as excluded_by_row
    from {{ relation }}
),

parted as (
    select * except (parts), generate_subscripts(parts, 1) as part_no, unnest(parts) as part from numbered
),

excluded as (
    select *, unnest(regexp_split_to_array(excluded_by_row || ';' || regexp_extract(part, '\((.*?)\)?$', 1), '[;、,]')) as written
    from parted
)

select row_id, part_no, rule_no, subfield_code, ipc_pattern, regexp_replace(part, '\((不含|不包括|除)[^)]*\)?$', '') as token, false as is_exclusion
from parted
union all
select distinct row_id, part_no, rule_no, subfield_code, ipc_pattern, regexp_replace(written, '^(不含|不包括|除)[::]?', '') as token, true as is_exclusion
from excluded
where written <> ''
{%- endmacro %}

{# Section, class, subclass, main group, subgroup, star of a symbol; all blank where it is none. #}
{% macro ipc_pieces(expr) -%}
    regexp_extract({{ expr }}, '^([A-H])(?:([0-9]{2})(?:([A-Z])(?:0*([1-9][0-9]{0,3})(?:/([0-9]{2,6}))?)?)?)?(/?\*)?$', ['section', 'class', 'subclass', 'main', 'sub', 'star'])
{%- endmacro %}

{# What a range counts in: class number, letter of the subclass, or main group. #}
{% macro ipc_step(piece) -%}
    case
        when {{ piece }}.class = '' then 0
        when {{ piece }}.subclass = '' then nullif({{ piece }}.class, '')::bigint
        when {{ piece }}.main = '' then ascii(nullif({{ piece }}.subclass, ''))::bigint
        else nullif({{ piece }}.main, '')::bigint
    end
{%- endmacro %}

{# The end of a range written short takes what it leaves out from the start. #}
{% macro ipc_full_end(low, high) -%}
    case
        when regexp_matches({{ high }}, '^[0-9]+/') then substr({{ low }}, 1, 4) || {{ high }}
        when regexp_matches({{ high }}, '^[0-9]') and contains({{ low }}, '/') then split_part({{ low }}, '/', 1) || '/' || {{ high }}
        when regexp_matches({{ high }}, '^[0-9]') and regexp_matches({{ low }}, '^.{4}') and not ends_with({{ low }}, '*') then substr({{ low }}, 1, 4) || {{ high }}
        when regexp_matches({{ high }}, '^[0-9]{2}[*]?$') then substr({{ low }}, 1, 1) || {{ high }}
        when regexp_matches({{ high }}, '^[A-Z][*]?$') then substr({{ low }}, 1, 3) || {{ high }}
        else {{ high }}
    end
{%- endmacro %}
