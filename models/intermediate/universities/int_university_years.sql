-- Yearbook, recruits and provincial controls; every listed university that the yearbook knows, in every year of the study.
{%- set years = university_years() %}
{%- set components = ['coop_sent', 'coop_received', 'conf_attend', 'conf_paper', 'conf_invited', 'conf_hosted'] %}
with grid as (
    select universities.university_id, universities.university, universities.province_code, years.year::integer as year
    from {{ ref('seed_moe_universities') }} as universities
    cross join (select {{ rows_of(whole_numbers(years.first, years.last)) }} as year) as years
    where universities.university_id in (
        select university_id from {{ ref('int_university_yearbooks__screened') }} where drop_reason is null
    )
),

yearbooks as (
    select
        *,
        {%- for c in components %}
        {{ c }} as exch_{{ c }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ ref('int_university_yearbooks__screened') }}
    where drop_reason is null
),

talents as (
    select
        university_id,
        year,
        coalesce(sum(recruited) filter (where is_overseas), 0)::integer as overseas_talent,
        coalesce(sum(recruited) filter (where study_country_code = 'US'), 0)::integer as overseas_talent_us,
        coalesce(sum(recruited) filter (where is_overseas and study_country_code <> 'US'), 0)::integer as overseas_talent_other
    from {{ ref('int_university_talents__screened') }}
    where drop_reason is null
    group by university_id, year
),

provinces as (
    select * from {{ ref('int_province_years__screened') }} where drop_reason is null
)

select
    grid.*,
    {%- for c in components %}
    yearbooks.exch_{{ c }},
    {%- endfor %}
    ln(1 + {{ weighted_exchange(components) }}) as exchange,
    ln(1 + {{ weighted_exchange(components[:2]) }}) as exchange_coop,
    ln(1 + {{ weighted_exchange(components[2:]) }}) as exchange_conf,
    talents.overseas_talent,
    talents.overseas_talent_us,
    talents.overseas_talent_other,
    ln(1 + yearbooks.rd_staff) as ln_rd_staff,
    ln(1 + yearbooks.rd_spending) as ln_rd_spending,
    ln(1 + yearbooks.funds_government) as ln_funds_government,
    ln(1 + yearbooks.funds_enterprise) as ln_funds_enterprise,
    yearbooks.senior_staff / nullif(yearbooks.rd_staff, 0) as senior_share,
    ln(provinces.gdp_100m * 1e4 / nullif(provinces.population_10k, 0)) as ln_gdp_pc,
    provinces.rd_100m / nullif(provinces.gdp_100m, 0) as rd_intensity
from grid
left join yearbooks on grid.university_id = yearbooks.university_id and grid.year = yearbooks.year
left join talents on grid.university_id = talents.university_id and grid.year = talents.year
left join provinces on grid.province_code = provinces.province_code and grid.year = provinces.year
