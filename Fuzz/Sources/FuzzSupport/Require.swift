/// Ends the process when a condition does not hold, and says why: a release build prints no message of a precondition.
public func require(_ condition: Bool, _ message: @autoclosure () -> String) {
    guard !condition else { return }
    print(message())
    fatalError(message())
}
