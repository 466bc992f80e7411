-- depends_on: {{ ref('seed_owner_rules') }}
-- depends_on: {{ ref('seed_place_names') }}
-- depends_on: {{ ref('seed_city') }}
-- depends_on: {{ ref('seed_province') }}
-- depends_on: {{ ref('seed_country_names') }}
-- depends_on: {{ ref('seed_person_names') }}
-- depends_on: {{ ref('seed_research_owner_words') }}
-- depends_on: {{ ref('seed_foreign_owner_overrides') }}
-- depends_on: {{ ref('seed_domestic_owner_overrides') }}
-- depends_on: {{ ref('seed_legal_forms') }}
-- Every applicant as written (outer blanks and brackets settled): region, kind, and the listed firm it names.
-- The whole name decides before the key without its legal form, so that a parent and its listed company stay apart where they can.
with owners as (
    select distinct applicant_clean as owner from {{ ref('int_patent_owners') }}
),

classified as (
    {{ classify_owners('owners', 'owner') }}
),

keyed as (
    select
        *,
        {{ firm_name_text('owner') }} as name_text,
        {{ firm_name_key('owner') }} as name_key
    from classified
)

select
    keyed.owner,
    coalesce(whole.stkcd, stem.stkcd) as stkcd,
    keyed.owner_kind as owner_class,
    keyed.owner_region,
    keyed.owner_region = 'foreign' as is_foreign,
    keyed.owner_region = 'hmt' as is_hmt,
    keyed.is_research_paper_rule as is_research,
    keyed.rule_id
from keyed
left join {{ ref('int_firm_name_keys') }} as whole on whole.key_kind = 'text' and keyed.name_text = whole.name_key
left join {{ ref('int_firm_name_keys') }} as stem on stem.key_kind = 'key' and keyed.name_key = stem.name_key
