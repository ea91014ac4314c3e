import ArgumentParser

/// `crisol proxy`: without another word it runs the proxy.
struct ProxyCommands: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "proxy",
        abstract: "Stand between kubelet and a runtime, and misbehave on request.",
        discussion: """
            EXAMPLES
              crisol proxy --listen unix:///run/crisol/cri.sock \\
                  --upstream unix:///run/containerd/containerd.sock
              crisol proxy run --help          its options and signals
              crisol proxy install --dry-run   what would put it before this runtime
            """,
        subcommands: [ProxyCommand.self, ProxyInstallCommand.self, ProxyUninstallCommand.self],
        defaultSubcommand: ProxyCommand.self
    )
}
