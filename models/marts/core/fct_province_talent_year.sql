with experts as (
    select province_code, year, experts
    from {{ ref('int_experts_by_province__screened') }}
    where drop_reason is null
),

types as (
    select
        province_code,
        year,
        max(experts) filter (where expert_type = '技术专家') as technical_experts,
        max(experts) filter (where expert_type = '管理专家') as managerial_experts,
        max(experts) filter (where expert_type = '研究专家') as research_experts
    from {{ ref('int_experts_by_type__screened') }}
    where drop_reason is null
    group by province_code, year
),

yearbook as (
    select province_code, year, population_10k, employed_10k
    from {{ ref('int_province_years__screened') }}
    where drop_reason is null
)

select
    experts.province_code,
    experts.year,
    experts.experts,
    case when experts.experts > 0 then ln(experts.experts) end as lntalent,
    case when technical_experts > 0 then ln(technical_experts) end as lntechnican,
    case when managerial_experts > 0 then ln(managerial_experts) end as lnmanager,
    case when research_experts > 0 then ln(research_experts) end as lnresearcher,
    case when population_10k > 0 then experts.experts / (population_10k * 10000) end as talent_pop_share,
    employed_10k * 10000 as employed_persons,
    lntalent_base,
    lnbartik_{{ option('bartik') }} as lnbartik,
    lnbartik_as_printed,
    lnbartik_cumulative,
    lnbartik_leave_one_out
from experts
left join types on experts.province_code = types.province_code and experts.year = types.year
left join yearbook on experts.province_code = yearbook.province_code and experts.year = yearbook.year
left join {{ ref('int_province_bartiks') }} as bartik on experts.province_code = bartik.province_code and experts.year = bartik.year
