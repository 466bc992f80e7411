with firms as (
    select city_code, year, count(*) as n_firms, sum(apply_inv_zl) as apply_inv_zl, sum(apply_inv_nozl) as apply_inv_nozl
    from {{ ref('int_pilot_spillover__variables') }}
    group by city_code, year
)

select
    pilots.city_code,
    pilots.year,
    pilots.province_code,
    home.longitude,
    home.latitude,
    pilots.policy,
    pilots.policy_cohort,
    pilots.rel_time,
    pilots.n_batches,
    pilots.n_units,
    coalesce(firms.n_firms, 0)::integer as n_firms,
    coalesce(firms.apply_inv_zl, 0)::integer as apply_inv_zl,
    coalesce(firms.apply_inv_nozl, 0)::integer as apply_inv_nozl,
    city.gdp_per_head as meangdp,
    case when city.population_10k > 0 then city.internet_10k / city.population_10k * 10000 end as infor,
    city.budget_10k * 10000 as finsgov,
    city.fdi_10k_usd * 10000 as fdi,
    instruments.iv1,
    hypothetical.iv2,
    similarity.tech_sim_ipc3,
    similarity.tech_sim_ipc4,
    place.agglomeration,
    place.dist_treated_km,
    place.dist_pilot_city_km,
    {%- for upper in range(50, 501, 50) %}
    place.ring_{{ upper }},
    {%- endfor %}
    place.province_pilot
from {{ ref('fct_city_pilot_year') }} as pilots
inner join {{ ref('dim_city') }} as home on pilots.city_code = home.city_code
inner join {{ ref('int_city_spillovers') }} as place on pilots.city_code = place.city_code and pilots.year = place.year
inner join {{ ref('int_city_instruments') }} as instruments on pilots.city_code = instruments.city_code and pilots.year = instruments.year
inner join {{ ref('int_city_hypothetical_pilots') }} as hypothetical
    on pilots.city_code = hypothetical.city_code and pilots.year = hypothetical.year
left join firms on pilots.city_code = firms.city_code and pilots.year = firms.year
left join {{ ref('fct_city_year') }} as city on pilots.city_code = city.city_code and pilots.year = city.year
left join {{ ref('int_city_similarities') }} as similarity on pilots.city_code = similarity.city_code and pilots.year = similarity.year
where pilots.year between 2010 and 2019
order by pilots.city_code, pilots.year
