import RoostCore

/// What a call changed that others wait for, as the functions write it: `rs 4:-1:0:17,5:-1:0:18`.
struct News: Sendable, Equatable {
    var topics: WakeTopics = []
    /// Places before which no job became ready; nil: anywhere.
    var places: [(lane: Int64, place: LanePlace)]? = []

    static func == (left: News, right: News) -> Bool { left.text == right.text }

    init() {}

    /// What cannot be read means anything.
    init(_ text: some StringProtocol) {
        let parts = text.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
        for letter in parts[0] {
            switch letter {
            case "r", "d": topics.insert(.ready)
            case "s": topics.insert(.settled)
            case "c": topics.insert(.cancel)
            default: topics = .all
            }
        }
        guard parts.count > 1 else { return }
        for text in parts[1].split(separator: ",") {
            let numbers = text.split(separator: ":").map { Int64($0) }
            guard numbers.count == 4, let lane = numbers[0], let prio = numbers[1].flatMap(Int32.init(exactly:)),
                let rank = numbers[2], let pos = numbers[3]
            else {
                places = nil
                return
            }
            places?.append((lane, LanePlace(prio: prio, rank: rank, pos: pos)))
        }
    }

    var isEmpty: Bool { topics.isEmpty }

    /// Some lanes may be named twice.
    mutating func add(_ other: News) {
        topics.formUnion(other.topics)
        guard let new = other.places, let old = places, new.count + old.count <= 40 else {
            places = nil
            return
        }
        places = old + new
    }

    var text: String {
        let letters = [(WakeTopics.ready, "r"), (.settled, "s"), (.cancel, "c")]
        let topics = letters.filter { self.topics.contains($0.0) }.map(\.1).joined()
        let places = self.places?.map { "\($0.lane):\($0.place.prio):\($0.place.rank):\($0.place.pos)" }
        return "\(topics) \(places?.joined(separator: ",") ?? "*")"
    }
}
