import Foundation
import ManagedRuntime

// Before anything else: this may be the process that makes the namespaces, and it must have no threads yet.
NamespaceInit.runIfRequested(CommandLine.arguments)
if let code = VersionCommand.answerPlainForm(CommandLine.arguments) { exit(code) }
await Crisol.runToExit()
