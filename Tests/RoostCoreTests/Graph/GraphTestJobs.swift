import RoostCore

// Jobs as `@Job` writes them for functions: `with` is there for each parameter, and for all of them.

struct Page: Codable, Sendable, Equatable {
    var text: String
}

struct Fetch: Job {
    var url: String

    func run() async throws -> Page { Page(text: url) }

    static func with(url: JobInput<String>) -> OpenJob<Self> { OpenJob([.init("url", url)]) }
}

struct Shorten: Job {
    var page: Page
    var length: Int

    func run() async throws -> Page { Page(text: String(page.text.prefix(length))) }

    static func with(page: JobInput<Page>, length: Int) -> OpenJob<Self> {
        OpenJob([.init("page", page), .init("length", .value(length))])
    }

    static func with(page: Page, length: JobInput<Int>) -> OpenJob<Self> {
        OpenJob([.init("page", .value(page)), .init("length", length)])
    }

    static func with(page: JobInput<Page>, length: JobInput<Int>) -> OpenJob<Self> {
        OpenJob([.init("page", page), .init("length", length)])
    }
}

struct Count: Job {
    var page: Page

    func run() async throws -> Int { page.text.count }

    static func with(page: JobInput<Page>) -> OpenJob<Self> { OpenJob([.init("page", page)]) }
}

struct Add: Job {
    var sum: Int
    var number: Int

    func run() async throws -> Int { sum + number }

    static func with(sum: JobInput<Int>, number: Int) -> OpenJob<Self> {
        OpenJob([.init("sum", sum), .init("number", .value(number))])
    }

    static func with(sum: JobInput<Int>, number: JobInput<Int>) -> OpenJob<Self> {
        OpenJob([.init("sum", sum), .init("number", number)])
    }
}

struct Notify: Job {
    func run() async throws {}
}

struct Index: Job {
    var pages: [Page]

    func run() async throws -> Int { pages.count }

    static func with(pages: JobInput<[Page]>) -> OpenJob<Self> { OpenJob([.init("pages", pages)]) }
}

struct Report: Job {
    var outcomes: [JobOutcome<Page>]

    func run() async throws {}

    static func with(outcomes: JobInput<[JobOutcome<Page>]>) -> OpenJob<Self> {
        OpenJob([.init("outcomes", outcomes)])
    }
}

struct Compare: Job {
    var page: JobOutcome<Page>
    var count: JobOutcome<Int>

    func run() async throws {}

    static func with(page: JobInput<JobOutcome<Page>>, count: JobInput<JobOutcome<Int>>) -> OpenJob<Self> {
        OpenJob([.init("page", page), .init("count", count)])
    }
}

struct Mourn: Job {
    var failures: [JobFailure]

    func run() async throws {}

    static func with(failures: JobInput<[JobFailure]>) -> OpenJob<Self> { OpenJob([.init("failures", failures)]) }
}

struct Alert: Job {
    var error: JobFailure

    func run() async throws -> Bool { true }

    static func with(error: JobInput<JobFailure>) -> OpenJob<Self> { OpenJob([.init("error", error)]) }
}

/// A job whose own properties have the names of Roost's members.
struct Awkward: Job {
    var graphPlan: String
    var then: Int
    var with: Bool
    var handles: [Int]

    func run() async throws -> String { graphPlan }
}
