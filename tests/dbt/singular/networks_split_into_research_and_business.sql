-- Fails where research and business partners do not add up to the domestic network, or, for applications, which may have both, do not enclose
-- it (methods.md 1.7); in every reading.
select network_unit, hmt_owners, stkcd, year, dnetwork_obs, dschool_obs, dfirm_obs
from {{ ref('int_firm_networks') }}
where
    (network_unit <> 'applications' and dschool_obs + dfirm_obs <> dnetwork_obs)
    or dschool_obs + dfirm_obs < dnetwork_obs
    or greatest(dschool_obs, dfirm_obs) > dnetwork_obs
