{{ config(meta = {'dagster': {'ref': {'name': 'fct_firm_patent_year'}}}) }}
-- Fails where a firm has more key applications than blockade and lead together, fewer than either, or more than all inventions; in both
-- readings of A-000-1 and in the mart.
select stkcd, year, keypat, purpat, leadpat, inv_apply
from {{ ref('int_key_counts') }}
where keypat > purpat + leadpat or keypat < greatest(purpat, leadpat) or keypat > inv_apply
union all
select stkcd, year, keypat, purpat, leadpat, inv_apply
from {{ ref('fct_firm_patent_year') }}
where keypat > purpat + leadpat or keypat < greatest(purpat, leadpat) or keypat > inv_apply or apply_inv_zl + apply_inv_nozl <> inv_apply
