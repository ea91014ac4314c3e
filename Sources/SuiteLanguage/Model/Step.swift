import CRICatalog
import FaultModel

/// One action of a case with its expectations.
public struct Step: Sendable {
    /// From 1.
    public let number: Int
    /// What is done.
    public let action: Action
    /// What must hold of its result.
    public let expectations: [Expectation]
    /// The name its result is bound to.
    public let save: String?
    /// How often it is done.
    public let repetition: Repetition
    /// The name under which the call goes on while later steps are done; `nil` waits for its end.
    public let background: String?
    /// What is shown in the report and judged by nothing.
    public let recorded: [ValuePath]
    /// Where its kind stands.
    public let position: SourcePosition

    /// What a step does.
    public enum Action: Sendable {
        case sandbox(SandboxFixture)
        case container(ContainerFixture)
        case image(ImageFixture)
        case directory(DirectoryFixture)
        case port(PortFixture)
        case call(CallStep)
        case agent(AgentStep)
        /// Reads the log files of a container.
        case log(container: String)
        case host(HostLook)
        /// Changes the node; undone by the runner.
        case act(HostAct)
        /// Changes how a repository answers, or looks at what it was asked.
        case registry(RegistryStep)
        /// Changes how the managed runtime's network plugin treats a sandbox, or looks at what it was asked.
        case network(NetworkStep)
        /// Does something to the managed runtime itself.
        case runtime(RuntimeStep)
        /// A named step written in Swift.
        case named(NamedStepCall)
        /// Does steps several times.
        case block(BlockStep)
        /// Waits for the end of a call in the background.
        case await(String)
        /// Makes the client cancel a call in the background.
        case cancel(String)
        /// Looks at a saved value, or at what a call in the background has received so far.
        case check(String)
    }

    /// How often a step is done.
    public enum Repetition: Sendable, Hashable {
        case once
        /// Until its expectations hold, at most so long (stretched by the slack); paced by `every` if it is set.
        case eventually(Duration, every: Duration?)
        /// Over the window, at least three times; the expectations must hold each time.
        case always(Duration, every: Duration?)
    }

    /// The step and, of a block, those inside it.
    public var withInner: [Step] {
        if case .block(let block) = action { [self] + block.steps.flatMap(\.withInner) } else { [self] }
    }

    /// What the step does in a few words, `call ExecSync`.
    public var summary: String {
        switch action {
        case .sandbox(let fixture): "sandbox \(fixture.name)"
        case .container(let fixture): "container \(fixture.name)"
        case .image(let fixture): "image \(fixture.name)"
        case .directory(let fixture): "directory \(fixture.name)"
        case .port(let fixture): "port \(fixture.name)"
        case .call(let call): "call \(call.rpc.name)\(call.fault.map { " with \($0.name)" } ?? "")"
        case .agent(let agent): "agent \(agent.question) in \(agent.container)"
        case .log(let container): "log \(container)"
        case .host(let look): "host \(look.summary)"
        case .act(let act): "host \(act.summary)"
        case .registry(let step): "registry \(step.image)"
        case .network(let step): "cni \(step.sandbox)"
        case .runtime(let step): "runtime \(step.action.rawValue)"
        case .named(let step): "do \(step.descriptor.name)"
        case .block(let block): block.summary
        case .await(let name): "await \(name)"
        case .cancel(let name): "cancel \(name)"
        case .check(let name): "check \(name)"
        }
    }
}
