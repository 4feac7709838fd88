/// How many exchanges a worker has on their way at once.
///
/// Several cover the way to the store, which would have nothing to do between the calls of one. Where other workers claim
/// too, it never has nothing to do, and fewer and larger calls cost it less: a worker then has one. Measured in decision 10.
struct ExchangeWindow: Sendable {
    /// Others count from so many of the last 16 claims on that followed one of theirs, and until fewer did. Four calls each of two
    /// workers, done in blocks, are four of 16; one each in turn are 16 of 16.
    static let toShare = 3
    static let toBeAlone = 2

    /// How many the store has room for.
    let most: Int
    private var history: UInt16 = 0
    /// Whether others claim from the store too.
    private(set) var isShared = false

    init(most: Int) {
        self.most = most
    }

    /// How many may be on their way now.
    var width: Int { isShared ? 1 : most }

    /// A claim brought jobs.
    ///
    /// - Parameter followsOther: whether the last claim before it was another worker's.
    mutating func didClaim(followsOther: Bool) {
        history = history << 1 | (followsOther ? 1 : 0)
        isShared = history.nonzeroBitCount >= (isShared ? Self.toBeAlone : Self.toShare)
    }
}
