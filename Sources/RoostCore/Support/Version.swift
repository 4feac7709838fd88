/// The version of Roost, as workers tell their store.
public let roostVersion = "0.1.0"
