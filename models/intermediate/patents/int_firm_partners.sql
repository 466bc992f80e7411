-- One row per listed firm, application and co-owner other than the firm itself (methods.md 1.7; subsidiaries and parents are partners).
select
    firm.stkcd,
    firm.year,
    firm.application_no,
    partner.owner_key,
    partner.is_foreign,
    partner.is_hmt,
    partner.is_research
from {{ ref('int_firm_patents') }} as firm
inner join {{ ref('fct_patent_owner') }} as partner on firm.application_no = partner.application_no
where partner.stkcd is null or partner.stkcd <> firm.stkcd
