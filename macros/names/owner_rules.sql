{#
  seed_owner_rules as SQL: the rules of a target (region, kind) as the branches of one case, the words of other seeds put in.
#}

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
