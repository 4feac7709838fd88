import RoostTesting

/// What the command line asks for.
struct Options {
    /// The first seed.
    var from: UInt64 = 1
    var count = 1000
    /// Whether the one seed is run to be looked at.
    var replays = false
    /// The rule that the store breaks.
    var fault: StoreFault?

    init(_ arguments: [String]) throws(UsageError) {
        var rest = arguments[...]
        while let name = rest.popFirst() {
            guard let text = rest.popFirst() else { throw UsageError() }
            if name == "--fault", let fault = StoreFault(rawValue: text) {
                self.fault = fault
                continue
            }
            guard let number = UInt64(text), number > 0 || name != "--seeds" else { throw UsageError() }
            switch name {
            case "--seeds": count = Int(clamping: number)
            case "--from": from = number
            case "--seed":
                from = number
                replays = true
            default: throw UsageError()
            }
        }
    }
}

struct UsageError: Error, CustomStringConvertible {
    var description: String {
        """
        usage: simulate [--seeds COUNT] [--from SEED]    run COUNT seeds, and tell which fail
               simulate --seed SEED                      run one, and print its history
        with --fault NAME the store breaks a rule: \(StoreFault.allCases.map(\.rawValue).joined(separator: ", "))
        """
    }
}
