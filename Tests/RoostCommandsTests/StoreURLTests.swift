import RoostSQLite
import Testing

@testable import RoostCommands

@Suite struct StoreURLTests {
    @Test(
        "a URL names a store",
        arguments: [
            ("memory:", .memory),
            ("MEMORY:", .memory),
            ("sqlite:app.db", .sqlite(path: "app.db", synchronous: .full)),
            ("sqlite:data/app.db", .sqlite(path: "data/app.db", synchronous: .full)),
            ("sqlite:/var/app.db", .sqlite(path: "/var/app.db", synchronous: .full)),
            ("sqlite:///var/app.db", .sqlite(path: "/var/app.db", synchronous: .full)),
            ("sqlite:app.db?synchronous=normal", .sqlite(path: "app.db", synchronous: .normal)),
            ("sqlite:app.db?synchronous=OFF", .sqlite(path: "app.db", synchronous: .off)),
            ("sqlite:app.db?", .sqlite(path: "app.db", synchronous: .full)),
            ("sqlite:my%20jobs%3F.db", .sqlite(path: "my jobs?.db", synchronous: .full)),
            ("sqlite:C%C3%A9.db", .sqlite(path: "Cé.db", synchronous: .full)),
        ] as [(String, StoreURL.Place)]
    )
    func reads(text: String, place: StoreURL.Place) throws {
        #expect(try StoreURL(text).place == place)
    }

    @Test(
        "a text that names none says what to write",
        arguments: [
            ("", "sqlite:app.db"),
            ("app.db", "sqlite:app.db"),
            ("sqlite:", "sqlite:app.db"),
            ("sqlite://", "sqlite:app.db"),
            ("sqlite://app.db", "sqlite:app.db"),
            ("sqlite::memory:", "memory:"),
            ("sqlite:100%.db", "%25"),
            ("sqlite:app.db?mode=ro", "synchronous=full|normal|off"),
            ("sqlite:app.db?synchronous=fast", "full, normal or off"),
            ("memory:app", "sqlite:app"),
            ("mysql://host/db", "sqlite:PATH and memory:"),
            ("redis://host", "not in this build"),
            ("postgres://host/db", "not in this build"),
        ]
    )
    func refuses(text: String, advice: String) {
        let error = #expect(throws: InvalidStoreURL.self) { try StoreURL(text) }
        #expect(error?.description.contains(advice) == true, "\(error?.description ?? "")")
    }

    @Test("an error never repeats a password")
    func password() {
        let error = #expect(throws: InvalidStoreURL.self) { try StoreURL("redis://user:secret@host") }
        #expect(error?.description.contains("secret") == false)
    }
}
