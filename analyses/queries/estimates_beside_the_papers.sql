-- How far are our main coefficients from the printed ones, in standard errors, and does the sign agree?
-- 主要系数与论文发表值相差多少个标准误，符号是否一致？
select
    study,
    table_id,
    column_id,
    term,
    round(estimate, 4) as estimate,
    stars,
    round(published_estimate, 4) as published,
    published_stars,
    round(published_gap_se, 2) as gap_se,
    same_sign_as_published,
    data_origin
from results.scorecard
where headline and published_estimate is not null
order by study, table_id, column_id, outcome, term
