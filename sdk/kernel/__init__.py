"""What a kernel does, without sockets: a message comes in by `Dispatcher.receive`, answers go out by `send`."""
