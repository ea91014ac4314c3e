import ManagedRuntime

// Before anything else: this may be the process that makes the namespaces, and it must have no threads yet.
NamespaceInit.runIfRequested(CommandLine.arguments)
await Crisol.runToExit()
