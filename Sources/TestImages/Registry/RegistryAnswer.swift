import NIOCore
import NIOHTTP1

/// What the registry answers to one request.
struct RegistryAnswer: Sendable {
    let status: HTTPResponseStatus
    var headers: HTTPHeaders
    /// What follows the head of an answer to GET.
    let body: RegistryBody
    let kind: RegistryRequest.Kind
    /// How the body is sent.
    var plan = TransmissionPlan()

    /// An answer with a JSON body.
    static func json(
        _ status: HTTPResponseStatus,
        _ text: String,
        _ kind: RegistryRequest.Kind
    ) -> RegistryAnswer {
        RegistryAnswer(status, type: "application/json", RegistryBody(ByteBuffer(string: text)), kind)
    }

    /// An error in the form of the OCI distribution specification 1.1, "error codes".
    static func error(
        _ status: HTTPResponseStatus,
        _ code: ErrorCode,
        _ message: String,
        _ kind: RegistryRequest.Kind = .other
    ) -> RegistryAnswer {
        // Our own texts, and parts of paths.
        let text = message.filter { $0 != "\"" && $0 != "\\" && $0.isASCII && !$0.isNewline }
        return json(status, "{\"errors\":[{\"code\":\"\(code.rawValue)\",\"message\":\"\(text)\"}]}", kind)
    }

    /// The codes of the OCI distribution specification 1.1 in use here, and `UNAVAILABLE` of the Docker registry.
    enum ErrorCode: String {
        case blobUnknown = "BLOB_UNKNOWN"
        case denied = "DENIED"
        case manifestUnknown = "MANIFEST_UNKNOWN"
        case nameUnknown = "NAME_UNKNOWN"
        case tooManyRequests = "TOOMANYREQUESTS"
        case unauthorized = "UNAUTHORIZED"
        case unavailable = "UNAVAILABLE"
        case unsupported = "UNSUPPORTED"
    }

    /// Content: a manifest or a blob, whole or the range that was asked for.
    static func content(_ found: Repository.Content, corrupt: Bool, range: String?) -> RegistryAnswer {
        let whole = corrupt ? RegistryBody(corrupting: found.blob) : RegistryBody(found.blob.content)
        let isManifest = found.kind == .manifest
        let type = isManifest ? found.blob.mediaType.rawValue : "application/octet-stream"
        let part = isManifest ? .whole : ByteRange.asked(range, of: whole.count)
        var answer: RegistryAnswer
        switch part {
        case .whole: answer = RegistryAnswer(.ok, type: type, whole, found.kind)
        case .part(let range):
            answer = RegistryAnswer(.partialContent, type: type, whole.part(range), found.kind)
            let (first, last) = (range.lowerBound, range.upperBound - 1)
            answer.headers.add(name: "content-range", value: "bytes \(first)-\(last)/\(whole.count)")
        case .unsatisfiable:
            answer = RegistryAnswer(.rangeNotSatisfiable, type: type, .empty, found.kind)
            answer.headers.add(name: "content-range", value: "bytes */\(whole.count)")
        }
        if !isManifest { answer.headers.add(name: "accept-ranges", value: "bytes") }
        answer.headers.add(name: "docker-content-digest", value: found.blob.digest.description)
        return answer
    }

    /// Content that is elsewhere.
    static func redirect(to path: String, _ kind: RegistryRequest.Kind) -> RegistryAnswer {
        var answer = RegistryAnswer(.temporaryRedirect, type: "text/plain", .empty, kind)
        answer.headers.add(name: "location", value: path)
        return answer
    }

    private init(_ status: HTTPResponseStatus, type: String, _ body: RegistryBody, _ kind: RegistryRequest.Kind) {
        self.status = status
        self.body = body
        self.kind = kind
        headers = [
            "content-type": type, "content-length": "\(body.count)",
            "docker-distribution-api-version": "registry/2.0",
        ]
    }
}
