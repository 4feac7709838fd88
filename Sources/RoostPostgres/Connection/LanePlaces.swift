/// A place in a lane: jobs stand in this order.
struct LanePlace: Comparable, Sendable {
    var prio: Int32
    var rank: Int64
    var pos: Int64

    /// Before every job.
    static let start = LanePlace(prio: .min, rank: .min, pos: 0)

    /// Just before this one.
    var before: LanePlace { LanePlace(prio: prio, rank: rank, pos: pos - 1) }

    static func < (left: LanePlace, right: LanePlace) -> Bool {
        (left.prio, left.rank, left.pos) < (right.prio, right.rank, right.pos)
    }
}

/// The place in each lane behind which the next claim looks.
///
/// Rows of jobs that are done stay in the index until no transaction can see them any more. A claim that began at the lane's head would
/// pass over all of them while somebody holds a transaction open: measured, it falls from 33,000 jobs a second to 8,400 after 300,000
/// jobs and goes on falling. What becomes ready before such a place is told with the wake-up; what is missed all the same is found by
/// ``PostgresStore/lookBack()``.
struct LanePlaces {
    private struct Lane {
        var place = LanePlace.start
        /// The first place that was told of while a claim was on its way, which may not have seen it.
        var heard: LanePlace?
    }

    private var lanes: [Int64: Lane] = [:]
    private var claimsOnTheirWay = 0
    /// Whether claims are on their way that may not have seen what became ready, wherever that was.
    private var mayHaveMissed = false

    func place(in lane: Int64) -> LanePlace {
        lanes[lane]?.place ?? .start
    }

    /// A claim is sent.
    mutating func beginClaim() {
        if claimsOnTheirWay == 0 {
            for lane in lanes.keys { lanes[lane]?.heard = nil }
        }
        claimsOnTheirWay += 1
    }

    /// A claim was answered.
    ///
    /// - Parameter last: of each lane the place of the last job that it handed out.
    mutating func endClaim(_ last: [Int64: LanePlace]) {
        claimsOnTheirWay -= 1
        defer { if claimsOnTheirWay == 0 { mayHaveMissed = false } }
        guard !mayHaveMissed else { return }
        for (lane, place) in last {
            var known = lanes[lane] ?? Lane()
            known.place = max(known.place, place)
            if let heard = known.heard { known.place = min(known.place, heard.before) }
            lanes[lane] = known
        }
    }

    /// A job became ready at this place, or behind it.
    mutating func hear(_ place: LanePlace, in lane: Int64) {
        guard var known = lanes[lane] else {
            if claimsOnTheirWay > 0 { lanes[lane] = Lane(heard: place) }
            return
        }
        known.place = min(known.place, place.before)
        if claimsOnTheirWay > 0 { known.heard = min(known.heard ?? place, place) }
        lanes[lane] = known
    }

    /// Jobs may have become ready anywhere.
    mutating func hearOfAll() {
        lanes = [:]
        mayHaveMissed = claimsOnTheirWay > 0
    }

    /// The lanes in which a claim does not begin at the head, and from where it looks.
    var passed: [(lane: Int64, place: LanePlace)] {
        lanes.filter { $0.value.place > .start }.map { ($0.key, $0.value.place) }.sorted { $0.lane < $1.lane }
    }
}
