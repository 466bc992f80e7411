-- A row means that someone is positive in version 2 and not in version 1 (methods.md 3.5): the codes of q_mig or q_stay are wrong.
select *
from {{ ref('pnl_talent_retention') }}
where stay_intent_postarrival > stay_intent_transnational
