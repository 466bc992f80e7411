-- City yearbook in the common vintage of cities, with the logs the studies use.
select
    city_code::string as city_code,
    year::integer as year,
    province_code::string as province_code,
    gdp_per_head::double as gdp_per_head,
    second_pct::double as second_pct,
    education_10k::double as education_10k,
    budget_10k::double as budget_10k,
    fdi_10k_usd::double as fdi_10k_usd,
    internet_10k::double as internet_10k,
    population_10k::double as population_10k,
    employed_10k::double as employed_10k,
    manufacturing_10k::double as manufacturing_10k,
    area_km2::double as area_km2,
    case when gdp_per_head > 0 then ln(gdp_per_head / 10000) end::double as lngdp,
    second_pct::double as second_rate,
    case when education_10k > 0 then ln(education_10k) end::double as lnedc_cost
from {{ ref('int_city_years__screened') }}
where drop_reason is null
