import Foundation

/// What a managed runtime's network plugin does before it passes a command on.
public enum NetworkBehaviour: Sendable, Hashable {
    /// Waits until the behaviour changes, at most ten minutes.
    case hold
    /// Waits so long.
    case delay(Duration)
    /// Answers so many times with an error and passes nothing on.
    case fail(times: Int)
}

/// A command that the network plugin was given.
public struct NetworkCall: Sendable, Hashable {
    /// How far it came.
    public enum State: String, Sendable {
        /// The standard plugin is at work.
        case begun
        /// It waits to be let go.
        case held
        /// The standard plugin did it.
        case done
        /// The standard plugin answered with an error.
        case failed
        /// It was told to fail.
        case refused
        /// The runtime ended it before it was through.
        case killed
    }

    /// `ADD`, `DEL`, `CHECK`, ...
    public let command: String
    /// How far it came.
    public let state: State
}

/// The network of a managed runtime: its configuration, and a plugin between the runtime and the standard ones that
/// can hold, delay and fail commands and keeps a record of them (CNI specification 1.0, section "CNI operations").
///
/// The plugin is a shell script: it starts faster than anything with a runtime of its own, and what tells it what to
/// do is a folder of small files per pod.
public struct ManagedNetwork: Sendable {
    private let folder: String
    private let addressFolder: String

    init(folder: String) {
        self.folder = folder
        addressFolder = "\(folder)/networks"
    }

    /// The plugin's name in network configurations.
    static let pluginName = "crisol-bridge"
    /// The name of the plugin for ports of the node.
    static let portPluginName = "crisol-portmap"

    private var control: String { "\(folder)/network-control" }
    private var configuration: String { "\(folder)/cni/10-crisol.conflist" }
    private var putAway: String { "\(folder)/10-crisol.conflist" }

    // MARK: - Configuration

    /// Takes the configuration away: the runtime then has no network.
    public func removeConfiguration() throws(RuntimeError) { try move(configuration, putAway) }

    /// Puts the configuration back; nothing happens when it is there.
    ///
    /// A network's installer writes beside the file and renames it; a runtime that watches the folder may pass over a
    /// file that is only moved in (containerd 1.6 does).
    public func restoreConfiguration() throws(RuntimeError) {
        guard FileManager.default.fileExists(atPath: putAway) else { return }
        let beside = "\(configuration).new"
        try move(putAway, beside)
        try move(beside, configuration)
    }

    private func move(_ from: String, _ to: String) throws(RuntimeError) {
        guard rename(from, to) == 0 else {
            throw RuntimeError(.system, "\(from) cannot be moved: \(String(cString: strerror(errno)))")
        }
    }

    // MARK: - Behaviour

    /// Tells the plugin how to treat a pod from here on; commands that are held are let go unless they are held anew.
    ///
    /// - Parameter behaviours: by command, `ADD`; an empty list is a healthy plugin.
    public func behave(pod: String, _ behaviours: [(command: String, NetworkBehaviour)]) throws(RuntimeError) {
        let own = try folder(of: pod)
        do {
            for name in (try? FileManager.default.contentsOfDirectory(atPath: own)) ?? [] where Self.isOrder(name) {
                try FileManager.default.removeItem(atPath: "\(own)/\(name)")
            }
            for (command, behaviour) in behaviours {
                let (name, text) =
                    switch behaviour {
                    case .hold: ("hold", "")
                    case .delay(let time): ("delay", Self.seconds(time))
                    case .fail(let times): ("fail", "\(times)")
                    }
                try Data("\(text)\n".utf8).write(to: URL(fileURLWithPath: "\(own)/\(command).\(name)"))
            }
        } catch {
            throw RuntimeError(.system, "the network plugin cannot be told: \(error.localizedDescription)")
        }
    }

    /// Whether a file of a pod's folder tells the plugin what to do; the rest are its own notes.
    private static func isOrder(_ name: String) -> Bool {
        [".hold", ".delay", ".fail"].contains { name.hasSuffix($0) }
    }

    private static func seconds(_ time: Duration) -> String {
        let (seconds, attoseconds) = time.components
        let micros = "\(attoseconds / 1_000_000_000_000)"
        return "\(seconds).\(String(repeating: "0", count: 6 - micros.count))\(micros)"
    }

    private func folder(of pod: String) throws(RuntimeError) -> String {
        // The uid comes from a case and becomes a file's name.
        guard pod.wholeMatch(of: /[A-Za-z0-9-]{1,64}/) != nil else {
            throw RuntimeError(.system, "the network plugin knows pods by a plain uid, not '\(pod)'")
        }
        let own = "\(control)/\(pod)"
        do {
            try FileManager.default.createDirectory(atPath: own, withIntermediateDirectories: true)
        } catch {
            throw RuntimeError(.system, "\(own) cannot be made: \(error.localizedDescription)")
        }
        return own
    }

    // MARK: - Record

    /// What the plugin was asked for a pod.
    public struct Record: Sendable, Hashable {
        /// The commands in the order they came.
        public var calls: [NetworkCall] = []
        /// The ids the runtime named (CNI_CONTAINERID).
        public var sandboxIDs: [String] = []
        /// Addresses that are reserved for these ids.
        public var addresses: [String] = []
    }

    /// Reads what the plugin was asked for a pod.
    public func record(pod: String) throws(RuntimeError) -> Record {
        let path = "\(try folder(of: pod))/calls"
        let text = FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) } ?? ""
        var record = Self.parse(text) { pid in FileManager.default.fileExists(atPath: "/proc/\(pid)") }
        record.addresses = reserved(for: record.sandboxIDs)
        return record
    }

    /// The lines `PROCESS COMMAND STATE ID`, folded: a later line of a process is about its latest command.
    static func parse(_ text: String, isAlive: (Int32) -> Bool) -> Record {
        var record = Record()
        var latest: [Int32: Int] = [:]
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ")
            guard words.count >= 3, let pid = Int32(words[0]), let state = NetworkCall.State(rawValue: String(words[2]))
            else { continue }
            if words.count > 3, !record.sandboxIDs.contains(String(words[3])) {
                record.sandboxIDs.append(String(words[3]))
            }
            let call = NetworkCall(command: String(words[1]), state: state)
            if state != .begun, let index = latest[pid] {
                record.calls[index] = call
            } else {
                latest[pid] = record.calls.count
                record.calls.append(call)
            }
        }
        for (pid, index) in latest where [.begun, .held].contains(record.calls[index].state) && !isAlive(pid) {
            record.calls[index] = NetworkCall(command: record.calls[index].command, state: .killed)
        }
        return record
    }

    private func reserved(for ids: [String]) -> [String] {
        let networks = (try? FileManager.default.contentsOfDirectory(atPath: addressFolder)) ?? []
        return networks.flatMap { network -> [String] in
            let names = (try? FileManager.default.contentsOfDirectory(atPath: "\(addressFolder)/\(network)")) ?? []
            return names.filter { name in
                guard name.first?.isNumber ?? false,
                    let data = FileManager.default.contents(atPath: "\(addressFolder)/\(network)/\(name)")
                else { return false }
                let text = String(decoding: data, as: UTF8.self)
                return ids.contains { text.contains($0) }
            }
        }.sorted()
    }

    // MARK: - The plugin

    /// Makes the folder `plugins` with the standard plugins and ours.
    ///
    /// - Parameter plugins: where the standard ones are.
    func install(plugins: String) throws(RuntimeError) {
        let own = "\(folder)/plugins"
        let manager = FileManager.default
        do {
            try manager.createDirectory(atPath: own, withIntermediateDirectories: true)
            try manager.createDirectory(atPath: control, withIntermediateDirectories: true)
            for name in try manager.contentsOfDirectory(atPath: plugins)
            where !manager.fileExists(atPath: "\(own)/\(name)") {
                try manager.createSymbolicLink(atPath: "\(own)/\(name)", withDestinationPath: "\(plugins)/\(name)")
            }
            for (name, text) in [(Self.pluginName, script), (Self.portPluginName, portScript)] {
                try Data(text.utf8).write(to: URL(fileURLWithPath: "\(own)/\(name)"))
                try manager.setAttributes([.posixPermissions: 0o755], ofItemAtPath: "\(own)/\(name)")
            }
        } catch {
            throw RuntimeError(.system, "the network plugin cannot be installed: \(error.localizedDescription)")
        }
    }

    /// Does what the pod's folder says, then what the bridge plugin does with the same input.
    private var script: String {
        """
        #!/bin/sh
        # crisol's network plugin; see ManagedNetwork.swift. The configuration on standard input is the bridge plugin's.
        set -u
        pod=
        IFS=';'
        for pair in ${CNI_ARGS:-}; do
            case $pair in K8S_POD_UID=*) pod=${pair#K8S_POD_UID=} ;; esac
        done
        IFS=' '
        case $pod in *[!A-Za-z0-9-]*) pod= ;; esac
        own=\(control)/$pod
        # First of all: a runtime that dies later has given it whole, and whoever sees the command recorded can rely on that.
        config=$(cat)
        record() { [ -z "$pod" ] || echo "$$ $CNI_COMMAND $1 ${CNI_CONTAINERID:-}" >>"$own/calls"; }
        [ -z "$pod" ] || [ -d "$own" ] || mkdir -p "$own"
        record begun
        if [ -n "$pod" ]; then
            if [ -e "$own/$CNI_COMMAND.hold" ]; then
                record held
                rounds=0
                while [ -e "$own/$CNI_COMMAND.hold" ] && [ $rounds -lt 30000 ]; do
                    sleep 0.02
                    rounds=$((rounds + 1))
                done
            fi
            if [ -e "$own/$CNI_COMMAND.delay" ]; then sleep "$(cat "$own/$CNI_COMMAND.delay")"; fi
            times=0
            if [ -e "$own/$CNI_COMMAND.fail" ]; then times=$(cat "$own/$CNI_COMMAND.fail"); fi
            if [ "$times" -gt 0 ]; then
                echo $((times - 1)) >"$own/$CNI_COMMAND.fail"
                record refused
                echo '{"cniVersion":"0.4.0","code":100,"msg":"crisol: this plugin was told to fail"}'
                exit 1
            fi
        fi
        # A runtime may ask twice at once for one pod, which the record shows. The standard plugins do not bear that, nor a
        # namespace that goes away while they look for it, and what comes of it is a matter of luck: so all commands for
        # a pod wait for their turn here, and what is taken down already is not taken down again.
        gone=
        if [ -n "$pod" ]; then
            gone="$own/gone.${CNI_CONTAINERID:-}"
            exec 9>"$own/turn"
            flock 9
            if [ "$CNI_COMMAND" = DEL ] && [ -e "$gone" ]; then
                record done
                exit 0
            fi
            if [ "$CNI_COMMAND" = ADD ] && [ -e "$gone" ]; then rm -f "$gone"; fi
        fi
        printf '%s' "$config" | "${0%/*}/bridge"
        code=$?
        if [ -n "$gone" ] && [ "$CNI_COMMAND" = DEL ] && [ $code -eq 0 ]; then : >"$gone"; fi
        if [ $code -eq 0 ]; then record done; else record failed; fi
        exit $code

        """
    }

    /// The portmap plugin, left out where a sandbox without ports is taken down: it would look for their rules through a
    /// dozen starts of iptables, with which it was a tenth of a run's profile.
    private var portScript: String {
        """
        #!/bin/sh
        # crisol's plugin before portmap; see ManagedNetwork.swift.
        set -u
        mark=\(control)/ports.${CNI_CONTAINERID:-none}
        if [ "$CNI_COMMAND" = DEL ] && [ ! -e "$mark" ]; then exit 0; fi
        IFS= read -r config || :
        if [ "$CNI_COMMAND" = ADD ]; then
            case $config in *'"portMappings":[{'*) : >"$mark" ;; esac
        fi
        printf '%s' "$config" | "${0%/*}/portmap"

        """
    }
}
