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
