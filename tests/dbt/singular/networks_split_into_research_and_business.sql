-- Fails where research and business partners do not add up to the domestic network (holds for pairs and partners; methods.md 1.7).
select stkcd, year, dnetwork_obs, dschool_obs, dfirm_obs
from {{ ref('fct_firm_patent_year') }}
where dschool_obs + dfirm_obs <> dnetwork_obs and '{{ option('network_unit') }}' <> 'applications'
