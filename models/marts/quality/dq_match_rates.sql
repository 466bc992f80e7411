-- How the names of each source and year were matched to firms: rows by method and their share within source, firm system and year.
with named as (
    select 'patent applicants' as source, patents.year, owners.applicant_clean as name
    from {{ ref('int_patent_owners') }} as owners
    inner join {{ ref('int_patents__screened') }} as patents
        on owners.application_no = patents.application_no and patents.drop_reason is null
    inner join {{ ref('int_owners__classified') }} as classes on owners.applicant_clean = classes.owner
    where classes.owner_class = 'firm' and not classes.is_foreign
    union all
    select 'customs records', year, name_text
    from {{ ref('int_customs_transactions__screened') }}
    where drop_reason is null and name_text is not null
    union all
    select 'industrial firm survey', year, name_text
    from {{ ref('int_industrial_firm_years__keyed') }}
    where name_text is not null
    union all
    select 'pilot units', batch_year, unit_name
    from {{ ref('int_pilot_units__screened') }}
    where drop_reason is null
),

systems as (
    select * from (values ('listed_firm'), ('registered_enterprise')) as listed (firm_system)
),

counted as (
    select
        named.source,
        systems.firm_system,
        named.year,
        coalesce(bridge.match_method, 'unmatched') as match_method,
        count(*) as n_rows
    from named
    cross join systems
    left join {{ ref('bridge_firm_names') }} as bridge
        on named.name = bridge.name and systems.firm_system = bridge.firm_system
    group by all
)

select
    source::varchar as source,
    firm_system::varchar as firm_system,
    year::integer as year,
    match_method::varchar as match_method,
    n_rows::bigint as n_rows,
    n_rows / sum(n_rows) over (partition by source, firm_system, year)::double as share
from counted
