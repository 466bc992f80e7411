-- Every firm record of the talent years with the screen of methods.md 1.3 that drops it (null = in the panel).
{% set indicators = ['founding_year', 'lnsize', 'lnkl', 'top1', 'ind_share', 'dum_dual', 'lnave_wage', 'growth', 'asset_debt', 'csrc2', 'province_code'] %}

with records as (
    select firm.*, talent.lntalent, talent.lnbartik
    from {{ ref('int_talent_keytech__firm_years') }} as firm
    left join {{ ref('fct_province_talent_year') }} as talent
        on firm.province_code = talent.province_code and firm.year = talent.year
    where firm.year between {{ option('first_outcome_year') - 1 }} and 2015
)

select
    stkcd,
    year as record_year,
    year + 1 as year,
    case
        when not {{ is_a_share('stkcd') }} then 'not_an_a_share'
        when {{ text_matches("upper(coalesce(short_name, ''))", '[SＳ][TＴ]|[PＰ][TＴ]') }} then 'special_treatment'
        when {{ indicators | join(' is null or ') }} is null then 'missing_indicator'
        when founding_year > year then 'founded_after_the_year'
        when substr(csrc2, 1, 1) = 'J' then 'finance'
        when lntalent is null or lnbartik is null then 'no_talent_record'
    end as drop_reason
from records
