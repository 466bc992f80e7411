-- Applications of each industrial firm by year and type: an application counts for every firm among its applicants, once.
select
    owned.firm_id,
    patents.year,
    count(*)::integer as patents,
    count(*) filter (where patents.patent_type = '发明')::integer as invention_patents
from {{ ref('int_industrial_firm_patents__matched') }} as owned
inner join {{ ref('int_patents__screened') }} as patents
    on owned.application_no = patents.application_no and patents.drop_reason is null
where owned.firm_id is not null
group by owned.firm_id, patents.year
