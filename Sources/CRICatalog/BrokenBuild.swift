/// Ends the program because it was built wrong: a table compiled into it does not parse, or its own code names an RPC
/// that this table lacks. The only place where crisol may end so; nothing that comes from outside leads here.
package func brokenBuild(_ reason: String) -> Never { preconditionFailure(reason) }
