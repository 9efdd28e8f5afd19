"""A street of the command's own: Valkey and a worker beside it, where no REDIS_URL names a server.

    command ──┐                                       ┌──► Valkey
    command ──┴──► keeper ("ready", "failed …", end) ─┴──► worker

Commands with the same data folder and the same identity share one *instance*, the folder
`<data folder>/street/<fingerprint>`. Its files:

    keeper.lock     locked (flock) by the living keeper; before that, by the command that starts one
    keeper.sock     the keeper listens here; as long as a connection is open, somebody uses the instance
    valkey.sock     Valkey listens here
    appendonlydir   Valkey's data
    *.log           what keeper, Valkey and worker write

Each party learns of another's end from the kernel, so that `kill -9` of any of them leaves nothing behind:
a command's end closes its connection, and with the last one the keeper ends everything; the keeper's end
takes Valkey and the worker with it and closes the commands' connections, and they start another one.
"""
