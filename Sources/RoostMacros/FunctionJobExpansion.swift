import SwiftSyntax

// How the code is written, each rule from a failure seen:
// - names of Roost and of Swift through `::`, since a user's own `enum Roost` or `String` would hide them;
// - the function by its module or type, since `@Job func run()` would otherwise call itself for ever;
// - names of our own with two underscores, since expressions of the user's are copied beside them;
// - `try` only where something throws, since a needless one is a warning in the user's code.
extension FunctionJob {
    var declaration: DeclSyntax {
        let copied = CopiedSyntax(job: self)
        let sections = [
            // First, so that what it says comes before what the compiler says of the rest.
            typeChecks(copied),
            properties(copied),
            coding(copied),
            description(copied),
            run(copied),
            openings(copied),
            DiscoveryRecord.lines(for: "Self"),
        ]
        let body = sections.filter { !$0.isEmpty }.map { $0.map(\.indented).joined(separator: "\n") }
        let head = documentation + availability + ["\(prefix(access))nonisolated struct \(typeName): Roost::Job {"]
        return GeneratedCode.declaration(head + [body.joined(separator: "\n\n"), "}"])
    }

    private var typeName: String {
        "$\(name.plainText)".isPlainIdentifier ? "$\(name.plainText)" : "`$\(name.plainText)`"
    }

    private func prefix(_ access: String?) -> String { access.map { "\($0) " } ?? "" }

    /// The access level of the members that others use: as wide as the function's.
    private var member: String {
        let level = access ?? place.extensionAccess
        return ["public", "package"].contains(level) ? prefix(level) : ""
    }
}

// MARK: - Arguments

extension FunctionJob {
    private func properties(_ copied: CopiedSyntax) -> [String] {
        let variables = stored.map { "\(member)var \($0.property): \(copied.text($0.type))" }
        let parameters = stored.map { $0.declaration(copied) }.joined(separator: ", ")
        let assignments = stored.map { "    self.\($0.property) = \($0.property)" }
        return variables + (variables.isEmpty ? [] : [""]) + ["\(member)init(\(parameters)) {"] + assignments + ["}"]
    }

    /// Written out, since the compiler's own knows no default values, and leaves out a nil that differs from them.
    private func coding(_ copied: CopiedSyntax) -> [String] {
        guard !stored.isEmpty else { return [] }
        let cases = stored.map { parameter in
            parameter.property(escaped: false) == parameter.key
                ? "    case \(parameter.property)" : "    case \(parameter.property) = \(parameter.key.literal)"
        }
        let decoding = stored.map { "    self.\($0.property) = \($0.decoding(copied))" }
        let encoding = stored.map { "    try __container.encode(self.\($0.property), forKey: .\($0.property))" }
        return ["private enum CodingKeys: Swift::String, Swift::CodingKey {"] + cases + ["}", ""]
            + ["\(member)init(from __decoder: any Swift::Decoder) throws {"]
            + ["    let __container = try __decoder.container(keyedBy: CodingKeys.self)"] + decoding + ["}", ""]
            + ["\(member)func encode(to __encoder: any Swift::Encoder) throws {"]
            + ["    var __container = __encoder.container(keyedBy: CodingKeys.self)"] + encoding + ["}"]
    }

    /// `with(…)`: each parameter, or all of them, from an earlier job of a graph.
    private func openings(_ copied: CopiedSyntax) -> [String] {
        var openings = stored.indices.map { [$0] }
        if stored.count > 1 { openings.append(Array(stored.indices)) }
        return Array(
            openings.map { open in
                let isWhole = open.count == stored.count && stored.count > 1
                let parameters = stored.enumerated().map { index, parameter in
                    open.contains(index) ? parameter.openDeclaration(copied) : parameter.declaration(copied)
                }
                let arguments = stored.enumerated().map { index, parameter in
                    let value = open.contains(index) ? parameter.property : ".value(\(parameter.property))"
                    return ".init(\(parameter.key.literal), \(value))"
                }
                let what = isWhole ? "every argument" : "`\(stored[open[0]].key)`"
                return [
                    "/// The job with \(what) from earlier jobs of its graph.",
                    "\(member)static func with(\(parameters.joined(separator: ", "))) -> Roost::OpenJob<Self> {",
                    "    Roost::OpenJob([\(arguments.joined(separator: ", "))])",
                    "}",
                ]
            }
            .joined(separator: [""])
        )
    }

    /// Calls that compile only where a type can be stored: what is wrong is then said in our words.
    private func typeChecks(_ copied: CopiedSyntax) -> [String] {
        var checks = stored.map { "    Roost::JobArgument.check((\(copied.text($0.type))).self)" }
        if let output = outputType { checks.append("    Roost::JobOutput.check((\(copied.text(output))).self)") }
        return checks.isEmpty ? [] : ["private static func __checkTypes() {"] + checks + ["}"]
    }
}

// MARK: - Description and run

extension FunctionJob {
    private func description(_ copied: CopiedSyntax) -> [String] {
        var lines = getter("kind", "Swift::String", kind.literal)
        if !attribute.aliases.isEmpty {
            let aliases = attribute.aliases.map(\.literal).joined(separator: ", ")
            lines += getter("aliases", "[Swift::String]", "[\(aliases)]")
        }
        if !attribute.options.isEmpty {
            let options = attribute.options.map { "\($0.label): \(copied.text($0.value))" }.joined(separator: ", ")
            lines.append("\(member)static let options = Roost::JobOptions(\(options))")
        }
        if !attribute.scopes.isEmpty {
            // Made once, so that what the worker opens in advance is what the job runs in.
            for (index, scope) in attribute.scopes.enumerated() {
                lines.append("private static let __scope\(index) = \(copied.text(scope))")
            }
            let names = attribute.scopes.indices.map { "__scope\($0)" }.joined(separator: ", ")
            lines += getter("scopes", "[any Roost::JobScope]", "[\(names)]")
        }
        if let file = place.file, let line = place.line {
            let location = "fileID: \(file.trimmedDescription), line: \(line.trimmedDescription)"
            lines += getter("sourceLocation", "Roost::JobSourceLocation?", "Roost::JobSourceLocation(\(location))")
        }
        return lines
    }

    private func getter(_ name: String, _ type: String, _ value: String) -> [String] {
        ["\(member)static var \(name): \(type) {", "    \(value)", "}"]
    }

    private func run(_ copied: CopiedSyntax) -> [String] {
        let output = outputType.map(copied.text) ?? "Swift::Void"
        var lines = ["\(keyword)\(call)"]
        for index in attribute.scopes.indices.reversed() {
            let isUsed = parameters.contains { $0.takesScope(index) }
            let entered = isUsed ? "__entered\(index)" : "_"
            lines = ["try await Self.__scope\(index).run { \(entered) in"] + lines.map(\.indented) + ["}"]
        }
        return ["@concurrent \(member)func run() async throws -> \(output) {"] + lines.map(\.indented) + ["}"]
    }

    private var keyword: String {
        isThrowing || parameters.contains { $0.throwsWhenPassed } ? "try await " : "await "
    }

    private var call: String {
        let arguments = parameters.map(\.argument).joined(separator: ", ")
        let call = "\(place.reference(to: name))(\(arguments))"
        // Whether a function that is not async needs `await` depends on its actor, which a macro cannot see.
        return isAsync ? call : "(\(call), Roost::_requiringAwait()).0"
    }
}

extension JobParameter {
    /// The parameter of the initialiser: the function's own label and default.
    fileprivate func declaration(_ copied: CopiedSyntax) -> String {
        head + ": " + copied.text(type) + (defaultValue.map { " = \(copied.text($0))" } ?? "")
    }

    /// Without a default, so that no call fits two overloads.
    fileprivate func openDeclaration(_ copied: CopiedSyntax) -> String {
        "\(head): Roost::JobInput<\(copied.text(type))>"
    }

    private var head: String {
        label.withoutBackticks == property(escaped: false) ? property : "\(label) \(property)"
    }

    fileprivate func decoding(_ copied: CopiedSyntax) -> String {
        let type = copied.text(type)
        let fallback = defaultValue.map { copied.text($0) }
        if let wrappedType, fallback == nil || fallback == "nil" {
            return "try __container.decodeIfPresent((\(copied.text(wrappedType))).self, forKey: .\(property))"
        }
        guard let fallback else {
            return "try __container.decode((\(type)).self, forKey: .\(property))"
        }
        if wrappedType != nil {
            // A nil that was stored is not the same as nothing stored.
            return "try __container.contains(.\(property))"
                + " ? __container.decode((\(type)).self, forKey: .\(property)) : (\(fallback))"
        }
        return "try __container.decodeIfPresent((\(type)).self, forKey: .\(property)) ?? (\(fallback))"
    }

    fileprivate func takesScope(_ index: Int) -> Bool {
        if case .scope(index) = source { true } else { false }
    }

    fileprivate var throwsWhenPassed: Bool {
        if case .context(isOptional: false) = source { true } else { false }
    }

    /// What the function is called with.
    fileprivate var argument: String {
        let value =
            switch source {
            case .payload: "self.\(property)"
            case .context(let isOptional): isOptional ? "Roost::JobContext.current" : "Roost::JobContext.required"
            case .scope(let index): "__entered\(index)"
            }
        return label == "_" ? value : "\(label.asArgumentLabel): \(value)"
    }
}

extension String {
    fileprivate var indented: String { isEmpty ? self : "    \(self)" }
}
