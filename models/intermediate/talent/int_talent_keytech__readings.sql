-- Panel rows before winsorising with every reading of A-000-1, -2b, -3, -5, -6, -7, -8, -8a and -9 side by side; what a choice of the dbt var
-- would put into the panel, for specification curves.
{% set networks = ['dnetwork_obs', 'dschool_obs', 'dfirm_obs'] %}

with sample as (
    select stkcd, year, record_year
    from {{ ref('int_talent_keytech__sample') }}
    where drop_reason is null
),

covered as (
    select distinct year from {{ ref('fct_patent') }}
),

outcomes as (
    select
        sample.stkcd,
        sample.year,
        {%- for level in readings_of('ipc_level') %}
        {%- for name in ['keypat', 'purpat', 'leadpat'] %}
        ln(1 + coalesce(max(counts.{{ name }}) filter (where counts.ipc_level = '{{ level }}'), 0)) as ln{{ name }}_{{ level }},
        {%- endfor %}
        {%- for window in readings_of('unlisted_window') %}
        max(advantage.dum_keyadv_{{ window }}) filter (where advantage.ipc_level = '{{ level }}') as dum_keyadv_{{ level }}_{{ window }},
        {%- endfor %}
        {%- endfor %}
    from sample
    inner join covered using (year)
    left join {{ ref('int_key_counts') }} as counts on sample.stkcd = counts.stkcd and sample.year = counts.year
    left join {{ ref('int_key_advantages') }} as advantage on sample.stkcd = advantage.stkcd and sample.year = advantage.year
    group by sample.stkcd, sample.year
),

lags as (
    select sample.stkcd, sample.year, lag, sample.year - lag as moderator_year
    from sample
    cross join (select {{ rows_of(list_of(readings_of('moderator_lag'))) }} as lag) as lags
    where sample.year - lag in (select year from covered)
),

first_abroad as (
    select stkcd, hmt_owners, min(year) as first_year
    from {{ ref('int_firm_networks') }}
    where has_foreign_partner = 1
    group by stkcd, hmt_owners
),

networks as (
    select
        lags.stkcd,
        lags.year,
        {%- for lag in readings_of('moderator_lag') %}
        {%- for hmt in readings_of('hmt_owners') %}
        {%- for unit in readings_of('network_unit') %}
        {%- for name in networks %}
        {%- set here = "network_unit = '" ~ unit ~ "' and hmt_owners = '" ~ hmt ~ "' and lag = " ~ lag %}
        case when bool_or(lag = {{ lag }}) then ln(1 + coalesce(max({{ name }}) filter (where {{ here }}), 0)) end
            as ln{{ name }}_{{ unit }}_{{ hmt }}_lag{{ lag }},
        {%- endfor %}
        {%- endfor %}
        case
            when bool_or(lag = {{ lag }})
                then coalesce(max(has_foreign_partner) filter (where hmt_owners = '{{ hmt }}' and lag = {{ lag }}), 0)
        end as dum_fnetwork_year_{{ hmt }}_lag{{ lag }},
        {%- endfor %}
        {%- endfor %}
    from lags
    left join {{ ref('int_firm_networks') }} as network on lags.stkcd = network.stkcd and lags.moderator_year = network.year
    group by lags.stkcd, lags.year
),

abroad as (
    select
        lags.stkcd,
        lags.year,
        {%- for lag in readings_of('moderator_lag') %}
        {%- for hmt in readings_of('hmt_owners') %}
        coalesce(bool_or(first_year <= moderator_year) filter (where hmt_owners = '{{ hmt }}' and lag = {{ lag }}), false)::integer
            as dum_fnetwork_ever_{{ hmt }}_lag{{ lag }},
        {%- endfor %}
        {%- endfor %}
    from lags
    left join first_abroad on lags.stkcd = first_abroad.stkcd
    group by lags.stkcd, lags.year
),

relatedness as (
    select
        lags.stkcd,
        lags.year,
        {%- for lag in readings_of('moderator_lag') %}
        {%- for proximity in readings_of('proximity') %}
        case
            when bool_or(lag = {{ lag }}) then coalesce(max(frelate) filter (where proximity = '{{ proximity }}' and lag = {{ lag }}), 0)
        end as frelate_{{ proximity }}_lag{{ lag }},
        {%- endfor %}
        {%- endfor %}
    from lags
    left join {{ ref('int_firm_relatedness') }} as related
        on lags.stkcd = related.stkcd and lags.moderator_year = related.year and lags.lag = related.moderator_lag
    group by lags.stkcd, lags.year
)

select
    sample.stkcd,
    sample.year,
    outcomes.* except (stkcd, year),
    firm.asset_debt_liabilities_to_assets,
    firm.asset_debt_assets_to_liabilities,
    networks.* except (stkcd, year),
    abroad.* except (stkcd, year),
    relatedness.* except (stkcd, year),
    firm.hightech_csrc2,
    firm.hightech_finest_code
from sample
inner join {{ ref('int_talent_keytech__firm_years') }} as firm on sample.stkcd = firm.stkcd and sample.record_year = firm.year
left join outcomes on sample.stkcd = outcomes.stkcd and sample.year = outcomes.year
left join networks on sample.stkcd = networks.stkcd and sample.year = networks.year
left join abroad on sample.stkcd = abroad.stkcd and sample.year = abroad.year
left join relatedness on sample.stkcd = relatedness.stkcd and sample.year = relatedness.year
