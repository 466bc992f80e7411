{{ ipc_rules(ref('int_ipc_patterns')) }}
