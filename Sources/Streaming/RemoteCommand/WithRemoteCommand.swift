/// Follows the URL that the CRI's Exec answered, and runs `body` with the command's streams.
///
/// When the body returns or throws, what is still open is ended in an orderly way and the connection is closed; nothing
/// outlives this call. Cancelling the task ends it at any point.
///
/// - Parameters:
///   - url: as the runtime answered it. Its token can be used once.
///   - streams: what the ExecRequest asked for.
///   - protocol: what is offered to the server.
/// - Returns: what the body returned, or that the server offers none of the wanted versions.
/// - Throws: ``StreamingError`` when there is no connection, the upgrade is refused or malformed, or the server does not
///   take the streams in time; and what the body throws.
public func withExec<R: Sendable>(
    url: String,
    streams: RemoteCommandStreams,
    protocol offer: RemoteCommandProtocol = .spdy,
    options: StreamingOptions = StreamingOptions(),
    _ body: (RemoteCommandSession) async throws -> R
) async throws -> StreamingOutcome<R> {
    try await withRemoteCommand(url, streams, offer, options, body)
}

/// Follows the URL that the CRI's Attach answered, and runs `body` with the streams of the container's own process.
///
/// Like ``withExec(url:streams:protocol:options:_:)`` in everything else.
public func withAttach<R: Sendable>(
    url: String,
    streams: RemoteCommandStreams,
    protocol offer: RemoteCommandProtocol = .spdy,
    options: StreamingOptions = StreamingOptions(),
    _ body: (RemoteCommandSession) async throws -> R
) async throws -> StreamingOutcome<R> {
    try await withRemoteCommand(url, streams, offer, options, body)
}

private func withRemoteCommand<R: Sendable>(
    _ url: String,
    _ streams: RemoteCommandStreams,
    _ offer: RemoteCommandProtocol,
    _ options: StreamingOptions,
    _ body: (RemoteCommandSession) async throws -> R
) async throws -> StreamingOutcome<R> {
    let opener = try RemoteCommandOpener(
        address: StreamAddress(url),
        streams: streams,
        offer: offer,
        options: options.usable
    )
    return try await opener.connection.use(opener.open, body)
}
