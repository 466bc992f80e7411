{{ screen_rows(
    with_university(ref('stg_universities__joint_papers')), ['university_id', 'field_code', 'year'],
    [['not_a_listed_university', 'university_id is null'], ['unknown_field', "field_code is null or field_code not between '01' and '35'"]]
) }}
