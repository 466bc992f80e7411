{% set continuous = pilot_controls() %}
{% set splitters = ['tech_sim_ipc3', 'tech_sim_ipc4', 'wf_visit', 'wf_standard', 'ww', 'fc', 'hhi_city_ind', 'subsidy_rd', 'subsidy_patent',
                    'agglomeration', 'fixed_assets', 'capex'] %}

with variables as (
    select * from {{ ref('int_pilot_spillover__variables') }}
),

bounds as (
    {{ winsor_bounds('variables', continuous, 0.01) }}
),

-- medians over the rows that have all controls: the pooled estimation sample before singletons (methods.md 0.2);
-- where more than half of the rows sit at the minimum (no subsidy), the high group is what lies above it
medians as (
    select
        {%- for splitter in splitters %}
        median({{ splitter }}) as {{ splitter }}_median,
        min({{ splitter }}) as {{ splitter }}_min{{ ',' if not loop.last }}
        {%- endfor %}
    from variables
    where {{ continuous | join(' is not null and ') }} is not null and ifdome is not null
)

select
    variables.* exclude ({{ continuous | join(', ') }}),
    {%- for control in continuous %}
    {{ winsorised(control) }} as {{ control }},
    {%- endfor %}
    {%- for splitter in splitters %}
    ({{ splitter }} >= {{ splitter }}_median and ({{ splitter }} > {{ splitter }}_min or {{ splitter }}_median > {{ splitter }}_min))::integer as {{ splitter }}_high{{ ',' if not loop.last }}
    {%- endfor %}
from variables
cross join bounds
cross join medians
order by variables.stkcd, variables.year
