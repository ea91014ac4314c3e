// What a case needs that the runner makes and removes.
public import TestImages

/// A pod sandbox with kubelet's defaults, removed by the runner.
public struct SandboxFixture: Sendable {
    /// How far the runner brings it.
    public enum State: String, Sendable, CaseIterable { case ready, planned }

    /// What the case calls it.
    public let name: String
    /// How far the runner brings it.
    public let state: State
    /// Whether it is the one default sandbox of all cases that say so; they leave it as it is.
    public let isShared: Bool
    /// What is merged into the default `PodSandboxConfig`.
    public let with: Template?
    /// The handler it asks for, over the run's.
    public let runtimeHandler: Template?
}

/// A container of the agent's image with kubelet's defaults, removed by the runner.
public struct ContainerFixture: Sendable {
    /// How far the runner brings it.
    public enum State: String, Sendable, CaseIterable { case running, planned, created, exited }

    /// What the case calls it.
    public let name: String
    /// The sandbox fixture it is made in.
    public let sandbox: String
    /// How far the runner brings it.
    public let state: State
    /// What is merged into the default `ContainerConfig`.
    public let with: Template?
    /// The agent's arguments: a list of text.
    public let arguments: Template?
}

/// An image in the run's own registry.
public struct ImageFixture: Sendable {
    /// How far the runner brings it.
    public enum State: String, Sendable, CaseIterable { case pulled, served }

    /// What the case calls it.
    public let name: String
    /// How far the runner brings it.
    public let state: State
    /// Fields of the OCI image configuration: a record of type `ImageConfig`.
    public let config: Template?
    /// Files by path; contents are bytes.
    public let files: [(path: String, content: Template)]
    /// The tags it is served under.
    public let tags: [String]
    /// Sizes of extra layers, in bytes.
    public let layers: [Int]
    /// How layers are packed.
    public let compression: LayerCompression
    /// In whose media types it is described.
    public let format: ImageFormat
    /// The platforms of the index it is served as; empty for one image of the node's own.
    public let platforms: [ImagePlatform]
    /// How clients reach its repository.
    public let transport: SecureTransport
    /// How its repository answers.
    public let behaviour: RepositoryBehaviour?
}

/// A folder on the node that the runtime sees too, to be mounted into containers.
public struct DirectoryFixture: Sendable {
    /// What the case calls it.
    public let name: String
    /// Whether it is a mount of its own whose mounts propagate both ways (mount_namespaces(7), MS_SHARED).
    public let isShared: Bool
    /// Files by path; contents are bytes.
    public let files: [(path: String, content: Template)]
}

/// A port of the node that no other case gets.
public struct PortFixture: Sendable {
    /// What the case calls it.
    public let name: String
}
