import NIOCore
import NIOHTTP1

/// What the registry answers to one request: pure, so that it can be tested without a socket.
struct RegistryAnswer {
    var status: HTTPResponseStatus
    var headers: HTTPHeaders
    /// What follows the head; empty for HEAD.
    var body: ByteBuffer
    var kind: RegistryRequest.Kind
    /// The repository the request is counted for, if it names one that exists.
    var repository: String?

    /// Answers a request.
    init(method: HTTPMethod, target: String, range: String?, content: RegistryContent) {
        let path = RegistryPath(target)
        guard method == .GET || method == .HEAD else {
            self.init(.methodNotAllowed, error: "UNSUPPORTED", "this registry only serves")
            headers.add(name: "allow", value: "GET, HEAD")
            return
        }
        switch path {
        case .base: self.init(.ok, type: "application/json", ByteBuffer(string: "{}"), .other)
        case .manifest(let repository, let reference):
            if let manifest = content.manifest(repository, reference) {
                self.init(.ok, type: manifest.mediaType.rawValue, manifest.content, .manifest)
                headers.add(name: "docker-content-digest", value: manifest.digest.description)
            } else if content.exists(repository) {
                self.init(.notFound, error: "MANIFEST_UNKNOWN", "manifest \(reference) is unknown", .manifest)
            } else {
                self.init(.notFound, error: "NAME_UNKNOWN", "repository \(repository) is unknown", .manifest)
            }
            self.repository = repository
        case .blob(let repository, let digest):
            if let (blob, kind) = content.blob(repository, digest) {
                self.init(.ok, type: "application/octet-stream", blob.content, kind)
                headers.add(name: "docker-content-digest", value: digest)
                headers.add(name: "accept-ranges", value: "bytes")
                if let range { narrow(to: range, of: blob.content) }
            } else {
                self.init(.notFound, error: "BLOB_UNKNOWN", "blob \(digest) is unknown", .blob)
            }
            self.repository = repository
        case .tags(let repository):
            if content.exists(repository) {
                let tags = content.tags(repository).map { "\"\($0)\"" }.joined(separator: ",")
                self.init(
                    .ok,
                    type: "application/json",
                    ByteBuffer(string: "{\"name\":\"\(repository)\",\"tags\":[\(tags)]}"),
                    .tags
                )
            } else {
                self.init(.notFound, error: "NAME_UNKNOWN", "repository \(repository) is unknown", .tags)
            }
            self.repository = repository
        case .other: self.init(.notFound, error: "UNSUPPORTED", "no such endpoint")
        }
        headers.add(name: "content-length", value: "\(body.readableBytes)")
        if method == .HEAD { body = ByteBuffer() }
    }

    private init(_ status: HTTPResponseStatus, type: String, _ body: ByteBuffer, _ kind: RegistryRequest.Kind) {
        self.status = status
        headers = ["content-type": type, "docker-distribution-api-version": "registry/2.0"]
        self.body = body
        self.kind = kind
    }

    /// An error in the specification's form. Its texts are ours or path parts without quotes.
    private init(
        _ status: HTTPResponseStatus,
        error code: String,
        _ message: String,
        _ kind: RegistryRequest.Kind = .other
    ) {
        let text = message.filter { $0 != "\"" && $0 != "\\" && !$0.isNewline }
        self.init(
            status,
            type: "application/json",
            ByteBuffer(string: "{\"errors\":[{\"code\":\"\(code)\",\"message\":\"\(text)\"}]}"),
            kind
        )
    }

    /// Serves one range (RFC 9110 section 14); anything else is answered in full, as the RFC allows.
    private mutating func narrow(to range: String, of content: ByteBuffer) {
        guard range.hasPrefix("bytes="), !range.contains(",") else { return }
        let ends = range.dropFirst(6).split(separator: "-", omittingEmptySubsequences: false)
        guard ends.count == 2, let first = Int(ends[0]) else { return }
        let last = min(Int(ends[1]) ?? content.readableBytes - 1, content.readableBytes - 1)
        guard first <= last else {
            status = .rangeNotSatisfiable
            headers.replaceOrAdd(name: "content-range", value: "bytes */\(content.readableBytes)")
            body = ByteBuffer()
            return
        }
        status = .partialContent
        headers.add(name: "content-range", value: "bytes \(first)-\(last)/\(content.readableBytes)")
        body = content.getSlice(at: content.readerIndex + first, length: last - first + 1) ?? ByteBuffer()
    }
}
