with source as (
    select * from {{ source('city_yearbook', 'city_years') }}
),

renamed as (
    select
        {{ cell('city') }} as city,
        {{ cell('province') }} as province,
        year::integer as year,
        gdp_per_head,
        second_pct,
        education_10k,
        budget_10k,
        fdi_10k_usd,
        internet_10k,
        population_10k,
        employed_10k,
        manufacturing_10k,
        area_km2,
        _file,
        _row
    from source
)

select * from renamed
