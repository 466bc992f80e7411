-- A row means that softmax and the plain comparison of scores disagree: overflow or a wrong tie rule (A-002-4).
select *
from {{ ref('pnl_talent_retention') }}
where (cog_china > cog_home) <> (p_cog_china > 0.5)
    or (part_china > part_home) <> (p_part_china > 0.5)
    or (cog_china <> cog_home and participation_cognition <> (p_cog_china > 0.5)::integer)
    or (part_china <> part_home and participation_behaviour <> (p_part_china > 0.5)::integer)
