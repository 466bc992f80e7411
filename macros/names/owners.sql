{#
  classify_owners(relation, name_column)

  A select of name_column, owner_region (foreign, domestic, hmt), owner_kind (firm, university_institute, individual, hospital,
  government), is_research_paper_rule (the name holds one of the paper's research words, methods 1.7), rule_id
  (<rule of the region>/<rule of the kind>). Run it on distinct names: it costs some microseconds per name.

  Rules are rows of seed_owner_rules, tried in the order of priority; the first that matches decides. A pattern is a regular
  expression over owner_text(name) and may use the words of the other seeds: @place@ @country@ @abroad@ @hmt@ @foreign_brand@
  @longer_foreign_brand@ (those that begin like a mainland firm) @domestic_brand@ @hmt_brand@ @japanese_surname@ @surname@ @research@, and
  within brackets the characters of @sound@ (used in transliterations) and @strong_sound@ (rare elsewhere). A user corrects a decision by adding a row with
  match_kind exact to seed_foreign_owner_overrides or seed_domestic_owner_overrides: those win over every rule.
  The patterns become part of the compiled SQL, so the seeds have to be built before (dbt orders that by ref).
#}
{% macro classify_owners(relation, name_column) -%}
{%- for seed in ['seed_owner_rules', 'seed_place_names', 'seed_city', 'seed_province', 'seed_country_names', 'seed_person_names', 'seed_transliteration_characters', 'seed_research_owner_words'] -%}
    {%- do ref(seed) -%}
{%- endfor -%}
with owner_names as (
    select {{ name_column }}, {{ owner_text(name_column) }} as _owner_text, {{ firm_name_text(name_column) }} as _name_key
    from {{ relation }}
    where {{ name_column }} is not null
),

owner_exceptions as (
    select {{ firm_name_text('owner_name') }} as _name_key, 'foreign' as exception_region from {{ ref('seed_foreign_owner_overrides') }} where match_kind = 'exact'
    union all
    select {{ firm_name_text('owner_name') }}, owner_region from {{ ref('seed_domestic_owner_overrides') }} where match_kind = 'exact'
),

unique_exceptions as (
    select _name_key, min(exception_region) as exception_region from owner_exceptions group by _name_key
),

decided as (
    select
        owner_names.{{ name_column }},
        owner_names._owner_text,
        case when unique_exceptions.exception_region is not null then 'override_' || unique_exceptions.exception_region else
            {{ owner_rule_case('region', 'owner_names._owner_text') }}
        end as _region_rule,
        {{ owner_rule_case('kind', 'owner_names._owner_text') }} as _kind_rule
    from owner_names
    left join unique_exceptions on owner_names._name_key = unique_exceptions._name_key
)

select
    {{ name_column }},
    {{ owner_rule_outcome('region', '_region_rule') }} as owner_region,
    {{ owner_rule_outcome('kind', '_kind_rule') }} as owner_kind,
    {{ text_matches('_owner_text', rule_words('research')) }} as is_research_paper_rule,
    _region_rule || '/' || _kind_rule as rule_id
from decided
{%- endmacro %}

{# The text that the rules see: simplified, upper case, half-width, brackets and signs kept, blanks single. #}
{% macro owner_text(expr) -%}
case
    when {{ text_matches(expr, '[^一-鿿()]|[' ~ traditional_characters() ~ ']') }} then
        trim({{ text_replace(text_replace("translate(upper(" ~ to_plain_characters(expr) ~ "), '（）．－　＆，‧•・･˙', '().- &,·····')", '[\\s]+', ' '), '([一-鿿()]) | ([一-鿿()])', '\\1\\2') }})
    else {{ expr }}
end
{%- endmacro %}

{% macro owner_rule_case(target, expr) -%}
case
    {%- for rule in seed_rows('seed_owner_rules', "select rule_id, pattern from {seed} where target = '" ~ target ~ "' order by priority::integer, rule_id") %}
    when {{ text_matches(expr, expand_rule_words(rule[1]) | replace("'", "''")) }} then '{{ rule[0] }}'
    {%- endfor %}
    when {{ expr }} is null then null
    else 'default'
end
{%- endmacro %}

{% macro owner_rule_outcome(target, expr) -%}
case {{ expr }}
    {%- for rule in seed_rows('seed_owner_rules', "select rule_id, outcome from {seed} where target = '" ~ target ~ "' order by priority::integer, rule_id") %}
    when '{{ rule[0] }}' then '{{ rule[1] }}'
    {%- endfor %}
    {%- if target == 'region' %}
    when 'override_foreign' then 'foreign'
    when 'override_hmt' then 'hmt'
    {%- endif %}
    else '{{ 'domestic' if target == 'region' else 'firm' }}'
end
{%- endmacro %}

{# @word@ in a pattern stands for the alternation of the words of a seed, longest first so that RE2 reports the longest. #}
{% macro expand_rule_words(pattern) -%}
    {%- set ns = namespace(text=pattern) -%}
    {%- for word in ['place', 'hmt', 'abroad', 'country', 'longer_foreign_brand', 'foreign_brand', 'domestic_brand', 'hmt_brand', 'japanese_surname', 'surname', 'research', 'strong_sound', 'sound'] -%}
        {%- if '@' ~ word ~ '@' in ns.text -%}
            {%- set ns.text = ns.text | replace('@' ~ word ~ '@', rule_words(word)) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ ns.text }}
{%- endmacro %}

{% macro rule_words(word) -%}
    {%- if word == 'surname' -%}
        {{ chinese_surnames() }}
    {%- elif word == 'place' -%}
        (?:{{ seed_words('seed_place_names', "place_name", "owner_region = 'domestic'") }}|
        {{- seed_words('seed_city', "city_short", "true") }}|{{ seed_words('seed_province', "province_short", "true") }})
    {%- elif word == 'hmt' -%}
        (?:{{ seed_words('seed_place_names', "place_name", "owner_region = 'hmt'") }})
    {%- elif word == 'abroad' -%}
        (?:{{ seed_words('seed_place_names', "place_name", "owner_region = 'foreign'") }})
    {%- elif word == 'country' -%}
        (?:{{ seed_words('seed_country_names', "country_name", "true") }})
    {%- elif word == 'longer_foreign_brand' -%}
        {%- set shorter = "(select owner_name as shorter_name from " ~ ref('seed_domestic_owner_overrides') ~ " where match_kind = 'prefix')" -%}
        (?:{{ seed_words('seed_foreign_owner_overrides', "owner_name", "match_kind = 'prefix' and exists (select 1 from " ~ shorter ~ " as shorter where owner_name like shorter_name || '_%')") }})
    {%- elif word == 'foreign_brand' -%}
        (?:{{ seed_words('seed_foreign_owner_overrides', "owner_name", "match_kind = 'prefix'") }})
    {%- elif word == 'domestic_brand' -%}
        (?:{{ seed_words('seed_domestic_owner_overrides', "owner_name", "match_kind = 'prefix' and owner_region = 'domestic'") }})
    {%- elif word == 'hmt_brand' -%}
        (?:{{ seed_words('seed_domestic_owner_overrides', "owner_name", "match_kind = 'prefix' and owner_region = 'hmt'") }})
    {%- elif word == 'japanese_surname' -%}
        (?:{{ seed_words('seed_person_names', "surname", "true") }})
    {%- elif word == 'strong_sound' -%}
        {{ seed_words('seed_transliteration_characters', "character", "strength = 'strong'") | replace('|', '') }}
    {%- elif word == 'sound' -%}
        {{ seed_words('seed_transliteration_characters', "character", "true") | replace('|', '') }}
    {%- elif word == 'research' -%}
        (?:{{ seed_words('seed_research_owner_words', "word", "true") }})
    {%- endif -%}
{%- endmacro %}

{# The words of a seed as an alternation, signs of regular expressions escaped. #}
{% macro seed_words(seed, column, condition) -%}
    {%- for row in seed_rows(seed, "select distinct " ~ column ~ " as word from {seed} where " ~ condition ~ " order by length(word) desc, word") -%}
        {{ '|' if not loop.first }}{{ row[0] | replace('.', '[.]') | replace('+', '[+]') }}
    {%- endfor -%}
{%- endmacro %}
