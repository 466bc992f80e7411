-- A row means that a part is larger than its whole: applications were counted twice or flags contradict each other.
select *
from {{ ref('pnl_university_exchange') }}
where joint_inv_key + joint_inv_nonkey <> joint_inv
    or joint_grant > joint_inv
    or joint_inv > own_inv
    or joint_inv > joint_all
    or overseas_talent_us + overseas_talent_other <> overseas_talent
