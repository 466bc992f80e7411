{{ config(meta = {'dagster': {'ref': {'name': 'pnl_pilot_spillover'}}}) }}
-- Fails where a firm that is or controls a pilot unit is left among the indirectly exposed.
select panel.stkcd
from {{ ref('pnl_pilot_spillover') }} as panel
inner join {{ ref('int_pilot_firms') }} as pilots on panel.stkcd = pilots.stkcd
