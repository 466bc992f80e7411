-- Classes of GB/T 4754-2002 that occur in the survey or in the concordance, with division, IFR sector and name.
with classes as (
    select cic4 from {{ ref('int_industrial_firm_years__keyed') }} where cic4 is not null
    union
    select cic4 from {{ ref('int_cic_codes__concorded') }}
),

sectors as (
    select classes.cic4, matches.sector_code
    from classes
    inner join {{ ref('seed_ifr_cic') }} as matches on {{ starts_with_prefix('classes.cic4', 'matches.cic_prefix') }}
    qualify row_number() over (partition by classes.cic4 order by length(matches.cic_prefix) desc) = 1
)

select
    classes.cic4::string as cic4,
    substr(classes.cic4, 1, 2)::string as cic2,
    names.name_zh::string as name_zh,
    names.name_en::string as name_en,
    sectors.sector_code::string as ifr_sector,
    (concordance.cic4 is not null)::boolean as is_in_concordance
from classes
left join sectors on classes.cic4 = sectors.cic4
left join (select distinct cic4 from {{ ref('int_cic_codes__concorded') }}) as concordance on classes.cic4 = concordance.cic4
left join {{ ref('seed_cic_concordance') }} as names on names.from_year = 2002 and classes.cic4 = names.from_code
