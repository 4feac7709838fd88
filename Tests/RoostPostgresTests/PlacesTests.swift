import RoostCore
import Testing

@testable import RoostPostgres

@Suite("The places from which claims look on")
struct PlacesTests {
    private func place(_ pos: Int64, prio: Int32 = 0) -> LanePlace { LanePlace(prio: prio, rank: 0, pos: pos) }

    @Test("go on behind the last job that was handed out")
    func goesOn() {
        var places = LanePlaces()
        #expect(places.place(in: 1) == .start)
        places.beginClaim()
        places.endClaim([1: place(7)])
        #expect(places.place(in: 1) == place(7))
        #expect(places.passed.map(\.lane) == [1])
    }

    @Test("go back to just before what became ready")
    func goesBack() {
        var places = LanePlaces()
        places.beginClaim()
        places.endClaim([1: place(7)])
        places.hear(place(9), in: 1)
        #expect(places.place(in: 1) == place(7))
        places.hear(place(3), in: 1)
        #expect(places.place(in: 1) == place(2))
        places.hear(place(3, prio: -5), in: 1)
        #expect(places.place(in: 1) == place(2, prio: -5))
    }

    @Test("do not pass what was told of while a claim was on its way")
    func onItsWay() {
        var places = LanePlaces()
        places.beginClaim()
        places.hear(place(5), in: 1)
        places.endClaim([1: place(7)])
        #expect(places.place(in: 1) == place(4))
        // The next claim looks there.
        places.beginClaim()
        places.endClaim([1: place(8)])
        #expect(places.place(in: 1) == place(8))
    }

    @Test("begin anew where anything may have become ready")
    func anew() {
        var places = LanePlaces()
        places.beginClaim()
        places.hearOfAll()
        places.endClaim([1: place(7)])
        #expect(places.place(in: 1) == .start)
        places.beginClaim()
        places.endClaim([1: place(7)])
        #expect(places.place(in: 1) == place(7))
    }
}

@Suite("News between processes")
struct NewsTests {
    @Test("are read as they were written")
    func roundTrip() throws {
        let news = News("rs 4:-1:0:17,5:2:3:18")
        #expect(news.topics == [.ready, .settled])
        #expect(news.places?.map(\.lane) == [4, 5])
        #expect(News(news.text) == news)
        #expect(News("d ").topics == .ready)
        #expect(News("c ").topics == .cancel)
        #expect(News("").isEmpty)
    }

    @Test("mean anything where they cannot be read, or are too many", arguments: ["r *", "r 4:x:0:1", "r 4:1:2"])
    func anything(text: String) {
        #expect(News(text).places == nil)
    }

    @Test("are added up")
    func adds() {
        var news = News("r 1:0:0:1")
        news.add(News("s "))
        news.add(News("r 2:0:0:2"))
        #expect(news == News("rs 1:0:0:1,2:0:0:2"))
        for lane in 0..<60 { news.add(News("r \(lane):0:0:1")) }
        #expect(news.places == nil)
    }
}

@Suite("When others are told")
struct TellLimitTests {
    @Test("at once, then once at the end of each interval")
    func limits() {
        var limit = TellLimit()
        #expect(limit.mayTell(at: .zero))
        limit.told(at: .zero)
        #expect(!limit.mayTell(at: .milliseconds(1)))
        #expect(limit.hold(News("r 1:0:0:1"), at: .milliseconds(1)) == TellLimit.interval)
        #expect(limit.hold(News("s "), at: .milliseconds(2)) == nil)
        #expect(!limit.mayTell(at: .milliseconds(6)))
        #expect(limit.release(at: .milliseconds(6)) == News("rs 1:0:0:1"))
        #expect(limit.release(at: .milliseconds(7)) == nil)
        #expect(limit.mayTell(at: .milliseconds(12)))
    }
}

@Suite("The schema's name in statements")
struct SchemaNameTests {
    @Test("takes the place of roost, and of nothing else")
    func renders() throws {
        let schema = try #require(SchemaName("shop_2"))
        #expect(schema.render("SELECT roost.claim(1), 'roost.wake'") == "SELECT \"shop_2\".claim(1), '\"shop_2\".wake'")
        #expect(schema.render("current_setting('roost_store.ready')") == "current_setting('roost_store.ready')")
        #expect(schema.render("xroost.a, (roost.b)") == "xroost.a, (\"shop_2\".b)")
        #expect(schema.channel == "\"shop_2\".wake")
    }

    @Test("is a plain one", arguments: ["", "2a", "a-b", "a\"b", "pg_x", "ä", String(repeating: "a", count: 41)])
    func refused(name: String) {
        #expect(SchemaName(name) == nil)
    }
}
