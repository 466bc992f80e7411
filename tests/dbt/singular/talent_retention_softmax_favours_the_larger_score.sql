-- A row means that softmax is not the logistic function of the difference of scores, or disagrees with their comparison: overflow or a wrong
-- tie rule (A-002-4).
select *
from {{ ref('pnl_talent_retention') }}
where (cog_china > cog_home) <> (p_cog_china > 0.5)
    or (part_china > part_home) <> (p_part_china > 0.5)
    or (cog_china <> cog_home and participation_cognition <> (p_cog_china > 0.5)::integer)
    or (part_china <> part_home and participation_behaviour <> (p_part_china > 0.5)::integer)
    or abs(p_cog_china - 1 / (1 + exp(cog_home - cog_china))) > 1e-12
    or abs(p_part_china - 1 / (1 + exp(part_home - part_china))) > 1e-12
