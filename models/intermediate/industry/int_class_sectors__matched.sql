-- The IFR sector of every class of GB/T 4754-2002 in the survey, by the longest matching prefix; classes without robots stay out.
with classes as (
    select distinct cic4
    from {{ ref('int_industrial_firm_years__keyed') }}
    where cic4 is not null
)

select
    classes.cic4,
    prefixes.sector_code
from classes
inner join {{ ref('seed_ifr_cic') }} as prefixes on {{ starts_with_prefix('classes.cic4', 'prefixes.cic_prefix') }}
qualify row_number() over (partition by classes.cic4 order by length(prefixes.cic_prefix) desc, prefixes.sector_code) = 1
