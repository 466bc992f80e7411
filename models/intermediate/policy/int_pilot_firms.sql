-- Listed firms that are pilot units themselves or control one (methods.md 5.1, A-004-2), with the year of the first announcement.
with units as (
    select
        {{ firm_name_text('unit_name') }} as name_text,
        {{ firm_name_key('unit_name') }} as name_key,
        min(year(announced)) as announced_year
    from {{ ref('int_pilot_units__screened') }}
    where drop_reason is null
    group by all
),

named as (
    select stkcd, name_text, name_key, true as is_firm from {{ ref('int_firm_names') }}
    {% if option('direct_pilots') == 'with_subsidiaries' -%}
    union all
    select distinct stkcd, {{ firm_name_text('subsidiary_name') }}, {{ firm_name_key('subsidiary_name') }}, false
    from {{ ref('int_subsidiaries__screened') }}
    where drop_reason is null and (is_controlled = '是' or (is_controlled is null and holding_pct > 50))
    {%- endif %}
)

select
    named.stkcd,
    min(units.announced_year)::integer as announced_year,
    bool_or(named.is_firm) as is_unit_itself
from units
inner join named on units.name_text = named.name_text or units.name_key = named.name_key
group by named.stkcd
